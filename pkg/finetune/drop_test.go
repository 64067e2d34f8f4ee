package finetune

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// example is a line of a data set.
type example struct {
	ID    string `json:"id"`
	Text  string `json:"text"`
	Label string `json:"label"`
}

// writeExamples writes a data set with two halves and returns its folder.
func writeExamples(t *testing.T, train, test []example) string {
	t.Helper()
	dir := t.TempDir()
	for half, list := range map[string][]example{"train": train, "test": test} {
		var text bytes.Buffer
		for _, e := range list {
			if err := json.NewEncoder(&text).Encode(e); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, half+".jsonl"), text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// manyExamples returns n different texts of eleven words, half of them with the label good.
func manyExamples(half string, n int) []example {
	list := make([]example, n)
	for i := range list {
		word := fmt.Sprintf("%s%d", half, i)
		list[i] = example{fmt.Sprint(half, i), fmt.Sprintf("%s a b %s c d %s e f %s g", word, word, word, word), []string{"bad", "good"}[i%2]}
	}
	return list
}

func mustReviews(t *testing.T, d splits.Config) *splits.Examples {
	t.Helper()
	r, err := Experiment{Data: d, Seed: 3}.Examples(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func idsOf(examples []data.Example) []string {
	var ids []string
	for _, r := range examples {
		ids = append(ids, r.ID)
	}
	return ids
}

// Each kind removes its duplicates and no others. The numbers of examples stay, and so do all
// examples without a copy.
func TestDropDuplicates(t *testing.T) {
	test := manyExamples("test", 40)
	train := manyExamples("train", 120)
	plain := mustReviews(t, splits.Config{Source: writeExamples(t, train, test), Train: 60, Validation: 20, Test: 20})
	if len(plain.Duplicates.Counts) > 0 || len(plain.Warnings) > 0 || plain.Dropped != nil {
		t.Fatalf("copies in %+v, %q", plain.Duplicates, plain.Warnings)
	}
	// Some of the sampled training examples become copies of sampled ones: of three test
	// examples, a validation example and another training example.
	drawn := idsOf(plain.Train)
	become := func(i int, text string) {
		at := slices.IndexFunc(train, func(e example) bool { return e.ID == drawn[i] })
		train[at].Text = text
	}
	become(1, plain.Test[0].Text)
	become(2, strings.ToUpper(plain.Test[1].Text))
	become(3, plain.Test[2].Text+" and more")
	become(4, plain.Validation[0].Text)
	become(5, plain.Train[7].Text)
	source := writeExamples(t, train, test)
	for kind, want := range map[splits.Drop][]string{
		splits.DropNone:    nil,
		splits.DropExact:   {drawn[1], drawn[4], drawn[7]},
		splits.DropLetters: {drawn[1], drawn[2], drawn[4], drawn[7]},
		splits.DropNear:    {drawn[1], drawn[2], drawn[3], drawn[4], drawn[7]},
	} {
		t.Run(string(kind), func(t *testing.T) {
			r := mustReviews(t, splits.Config{Source: source, Train: 60, Validation: 20, Test: 20, DropDuplicates: kind})
			slices.Sort(want)
			if !slices.Equal(r.Dropped, want) {
				t.Errorf("dropped %q, expected %q", r.Dropped, want)
			}
			if len(r.Train) != 60 || !slices.Equal(idsOf(r.Validation), idsOf(plain.Validation)) || !slices.Equal(idsOf(r.Test), idsOf(plain.Test)) {
				t.Errorf("%d training examples, or other validation or test examples", len(r.Train))
			}
			for _, id := range drawn {
				if slices.Contains(idsOf(r.Train), id) == slices.Contains(want, id) {
					t.Errorf("%s: among the training examples %v", id, slices.Contains(idsOf(r.Train), id))
				}
			}
			if n := r.Duplicates.Count("train", "test"); n.Exact != 1 || n.Letters != 1 || n.Near != 1 {
				t.Errorf("of the first sample: %v", n)
			}
			if warned := len(r.Warnings) > 0; warned != (kind == splits.DropNone) {
				t.Errorf("warnings %q", r.Warnings)
			}
		})
	}
	// All of the training half is sampled: removed examples cannot be replaced.
	r := mustReviews(t, splits.Config{Source: source, Train: -1, Validation: 20, Test: 20, DropDuplicates: splits.DropNear})
	if len(r.Train) != 100-5 || len(r.Dropped) != 5 {
		t.Errorf("%d training examples without %q", len(r.Train), r.Dropped)
	}
	// A validation example with a copy in the test half is replaced.
	at := slices.IndexFunc(train, func(e example) bool { return e.ID == plain.Validation[3].ID })
	train[at].Text = plain.Test[5].Text
	r = mustReviews(t, splits.Config{Source: writeExamples(t, train, test), Train: 60, Validation: 20, Test: 20, DropDuplicates: splits.DropNear})
	if ids := idsOf(r.Validation); slices.Contains(ids, train[at].ID) || len(ids) != 20 || !slices.Contains(r.Dropped, train[at].ID) {
		t.Errorf("validation %q, dropped %q", ids, r.Dropped)
	}
	// The other examples stay: at most one of the training examples was the replacement.
	same, without := 0, mustReviews(t, splits.Config{Source: source, Train: 60, Validation: 20, Test: 20, DropDuplicates: splits.DropNear})
	for _, id := range idsOf(r.Train) {
		if slices.Contains(idsOf(without.Train), id) {
			same++
		}
		if id == train[at].ID || slices.Contains(idsOf(r.Validation), id) {
			t.Errorf("%s is a training example", id)
		}
	}
	if len(r.Train) != 60 || same < 59 {
		t.Errorf("%d of %d training examples stayed", same, len(r.Train))
	}
}

// A data set with equal halves causes a conspicuous warning. Training on it without duplicates is
// an error.
func TestSameHalves(t *testing.T) {
	list := manyExamples("x", 100)
	d := splits.Config{Source: writeExamples(t, list, list), Train: 60, Validation: 20, Test: -1}
	warnings := strings.Join(mustReviews(t, d).Warnings, "\n")
	for _, text := range []string{"MOST OF THE test EXAMPLES OCCUR AMONG THE train EXAMPLES", "60 of 100 test examples have a copy among the train examples (60 exact", "DropDuplicates"} {
		if !strings.Contains(warnings, text) {
			t.Errorf("the warnings do not say %q: %s", text, warnings)
		}
	}
	// The warning says half where it is half, and all where it is all.
	twice := slices.Clone(list) // so that a copy stays in train beside the validation examples
	for i := range twice {
		twice[i].ID += "-again"
	}
	for share, want := range map[int]string{50: "HALF OF THE test EXAMPLES OCCUR AMONG", 100: "ALL OF THE test EXAMPLES OCCUR AMONG", 49: "49 of 100 test examples have a copy"} {
		test := slices.Concat(list[:share], manyExamples("y", 100)[share:])
		got := mustReviews(t, splits.Config{Source: writeExamples(t, slices.Concat(list, twice), test), Train: -1, Validation: 2, Test: -1}).Warnings
		if !slices.ContainsFunc(got, func(w string) bool { return strings.HasPrefix(w, want) }) {
			t.Errorf("%d of 100 are the same: %q", share, got)
		}
	}
	d.DropDuplicates = splits.DropNear
	var field *FieldError
	if r, err := (Experiment{Data: d}).Examples(context.Background()); !errors.As(err, &field) || !strings.Contains(err.Error(), "drop_duplicates") {
		t.Errorf("%v, %v", r, err)
	}
	// Contradicting labels: each text occurs in train with one label and in test with the other.
	other := slices.Clone(list)
	for i := range other {
		other[i].Label = []string{"good", "bad"}[i%2]
	}
	d.DropDuplicates, d.Source = splits.DropNone, writeExamples(t, list, other)
	warnings = strings.Join(mustReviews(t, d).Warnings, "\n")
	if !strings.Contains(warnings, "160 of 180 examples have a copy with another label") {
		t.Errorf("the warnings do not mention contradicting labels: %s", warnings)
	}
}

// The default for IMDB in any form is DropNear, for other sources DropNone. A run folder of an
// earlier version keeps its examples.
func TestDropDefault(t *testing.T) {
	for source, want := range map[string]splits.Drop{
		"": splits.DropNone, data.Sample: splits.DropNone, "imdb": splits.DropNear, "stanfordnlp/imdb": splits.DropNear, "x/aclImdb_v1.tar.gz": splits.DropNear, "mine.csv": splits.DropNone,
	} {
		e, err := Experiment{Data: splits.Config{Source: source}}.WithDefaults()
		if err != nil || e.Data.DropDuplicates != want {
			t.Errorf("%s: %q, %v, expected %q", source, e.Data.DropDuplicates, err, want)
		}
	}
	var field *FieldError
	if err := (Experiment{Data: splits.Config{DropDuplicates: "most"}}).validateDefaults(); !errors.As(err, &field) || field.Field != "data.drop_duplicates" {
		t.Errorf("accepted: %v", err)
	}

	imdb := Experiment{Data: splits.Config{Source: "imdb"}}
	open := func(dir string, e Experiment) (string, *Run, error) {
		r, err := Open(dir, e, Options{Backend: toytest.Backend(t)})
		if err != nil {
			return "", nil, err
		}
		text, err := os.ReadFile(filepath.Join(dir, runfolder.ExperimentFile))
		if err != nil {
			t.Fatal(err)
		}
		return string(text), r, r.Close()
	}
	dir := filepath.Join(t.TempDir(), "run")
	text, _, err := open(dir, imdb)
	if err != nil || !strings.Contains(text, `"drop_duplicates": "near"`) {
		t.Fatalf("%v:\n%s", err, text)
	}
	var changed *runfolder.ChangedError
	none := imdb
	none.Data.DropDuplicates = splits.DropNone
	if _, _, err := open(dir, none); !errors.As(err, &changed) || !strings.Contains(err.Error(), "data.drop_duplicates") {
		t.Errorf("the folder has other examples: %v", err)
	}
	before := strings.NewReplacer(`"max_length": 256,`, `"max_length": 256`, `"drop_duplicates": "near"`, "").Replace(text)
	if err := os.WriteFile(filepath.Join(dir, runfolder.ExperimentFile), []byte(before), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, e := range []Experiment{imdb, none} {
		if _, r, err := open(dir, e); err != nil || r.Experiment.Data.DropDuplicates != splits.DropNone {
			t.Errorf("a folder of an earlier version: %v", err)
		}
	}
	near := imdb
	near.Data.DropDuplicates = splits.DropNear
	if _, _, err := open(dir, near); !errors.As(err, &changed) {
		t.Errorf("the folder has other examples: %v", err)
	}
	if text, _, err := open(filepath.Join(t.TempDir(), "run"), Experiment{}); err != nil || strings.Contains(text, "drop_duplicates") {
		t.Errorf("the sample's experiment changed: %v\n%s", err, text)
	}
}

// validateDefaults validates an experiment with its defaults written out.
func (e Experiment) validateDefaults() error {
	e, err := e.WithDefaults()
	if err != nil {
		return err
	}
	return e.Validate()
}

// A sample of IMDB has duplicates, which the default removes.
func TestRealIMDBSplit(t *testing.T) {
	d := splits.Config{Source: testenv.Need(t, "LORABOOK_IMDB"), Train: 2300, Validation: 200, Test: -1}
	r := mustReviews(t, d)
	found := 0
	for _, part := range []string{"validation", "test"} {
		found += r.Duplicates.Count("train", part).Total()
	}
	if found < 8 || found > 25 || len(r.Train) != 2300 || len(r.Validation) != 200 || len(r.Dropped) < found {
		t.Errorf("%d copies, %d left out, %d and %d examples", found, len(r.Dropped), len(r.Train), len(r.Validation))
	}
	t.Logf("%d of the training texts occur in validation or test; %d were left out", found, len(r.Dropped))
	left, err := duplicates.Find(context.Background(), r.Parts()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range left.Counts {
		if c.Part != c.In || c.Part == "train" {
			t.Errorf("left is %v", c)
		}
	}
}
