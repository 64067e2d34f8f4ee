package finetune

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/duplicates"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// oneFile writes the examples into one file without halves.
func oneFile(t *testing.T, list []example) string {
	t.Helper()
	return filepath.Join(writeExamples(t, list, nil), "train.jsonl")
}

// withValidation adds a validation half to a folder, under one of its names.
func withValidation(t *testing.T, dir string, list []example) string {
	t.Helper()
	content, err := os.ReadFile(oneFile(t, list))
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "dev.jsonl"), content, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func mustSay(t *testing.T, notes []string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(strings.Join(notes, "\n"), text) {
			t.Errorf("the notes do not say %q: %q", text, notes)
		}
	}
}

// One file is divided: stratified, by the seed, without a copy across the cut.
func TestHeldOutTestHalf(t *testing.T) {
	list := manyExamples("x", 1000)
	for i := 500; i < 560; i++ { // near copies, of which some would fall on both sides
		list[i].Text, list[i].Label = list[i-500].Text+" more", list[i-500].Label
	}
	source := oneFile(t, list)
	r := mustReviews(t, splits.Config{Source: source})
	mustSay(t, r.Notes, "no test half: 20 % of the 1,000 examples, 200, are held out by seed 3; near duplicates",
		"validation 160 of the default 200: a fifth of the 800 examples", "train 640 of the default 1,800: all that is left", "test 200 of the default 1,000: all that there are")
	if len(r.Test) != 200 || len(r.Validation) != 160 || len(r.Train) != 640 {
		t.Errorf("%d, %d and %d examples", len(r.Train), len(r.Validation), len(r.Test))
	}
	counts, err := data.Counts(r.Test, 2)
	if err != nil || counts[0] != 100 || counts[1] != 100 {
		t.Errorf("%v, %v", counts, err)
	}
	all := slices.Concat(idsOf(r.Train), idsOf(r.Validation), idsOf(r.Test))
	slices.Sort(all)
	if len(slices.Compact(all)) != 1000 {
		t.Error("the splits are not disjoint")
	}
	found, err := duplicates.Find(context.Background(), r.Parts()...)
	if err != nil || found.Count("test", "train").Total()+found.Count("test", "validation").Total() > 0 || found.Count("train", "train").Total()+found.Count("test", "test").Total() < 20 {
		t.Errorf("%v, %v", found.Counts, err)
	}
	if again := mustReviews(t, splits.Config{Source: source}); !slices.Equal(idsOf(again.Test), idsOf(r.Test)) || !slices.Equal(idsOf(again.Train), idsOf(r.Train)) {
		t.Error("the same experiment has other examples")
	}
	if other := mustReviews(t, splits.Config{Source: source, Seed: 9}); slices.Equal(idsOf(other.Test), idsOf(r.Test)) {
		t.Error("another seed held out the same examples")
	}
	// The number of test examples is drawn from the half, so that the other splits stay.
	few := mustReviews(t, splits.Config{Source: source, Test: 50})
	if len(few.Test) != 50 || !slices.Equal(idsOf(few.Train), idsOf(r.Train)) {
		t.Errorf("%d test examples, or other training examples", len(few.Test))
	}
	for _, e := range few.Test {
		if !slices.Contains(idsOf(r.Test), e.ID) {
			t.Errorf("%s is not of the test half", e.ID)
		}
	}
	if half := mustReviews(t, splits.Config{Source: source, TestShare: 0.5}); len(half.Test) != 500 {
		t.Errorf("a share of a half gave %d examples", len(half.Test))
	}
	// Copies within the training half are left out as in a source with halves.
	clean := mustReviews(t, splits.Config{Source: source, DropDuplicates: splits.DropNear})
	if !slices.Equal(idsOf(clean.Test), idsOf(r.Test)) || len(clean.Dropped) == 0 || len(clean.Train) != 640-len(clean.Dropped) {
		t.Errorf("%d training examples without %d", len(clean.Train), len(clean.Dropped))
	}
}

// A validation half is the validation set; without a test half it is that one.
func TestValidationHalf(t *testing.T) {
	train, dev, test := manyExamples("train", 300), manyExamples("dev", 60), manyExamples("test", 50)
	source := withValidation(t, writeExamples(t, train, test), dev)
	r := mustReviews(t, splits.Config{Source: source})
	mustSay(t, r.Notes, "the validation half of the source, 60 examples, is the validation set", "train 300 of the default 1,800", "test 50 of the default 1,000")
	if len(r.Validation) != 60 || len(r.Train) != 300 || !strings.HasPrefix(r.Validation[0].ID, "dev") {
		t.Errorf("%d and %d examples, %q", len(r.Train), len(r.Validation), r.Validation[0].ID)
	}
	for n, want := range map[int]int{20: 20, -1: 60} {
		if r := mustReviews(t, splits.Config{Source: source, Validation: n}); len(r.Validation) != want || len(r.Train) != 300 {
			t.Errorf("%d: %d validation examples", n, len(r.Validation))
		}
	}
	var field *FieldError
	if _, err := (Experiment{Data: splits.Config{Source: source, Validation: 61}}).Examples(context.Background()); !errors.As(err, &field) || field.Field != "data.validation" || !strings.Contains(err.Error(), "; -1 takes all") {
		t.Errorf("61 of 60: %v", err)
	}
	// A copy of a test example in the validation half is left out, and so is one of a
	// validation example in the training half.
	dev[3].Text, train[7].Text = test[2].Text, dev[5].Text
	source = withValidation(t, writeExamples(t, train, test), dev)
	r = mustReviews(t, splits.Config{Source: source, DropDuplicates: splits.DropExact})
	if !slices.Equal(r.Dropped, []string{dev[3].ID, train[7].ID}) || len(r.Validation) != 59 || len(r.Train) != 299 {
		t.Errorf("dropped %q, %d and %d examples", r.Dropped, len(r.Train), len(r.Validation))
	}
	if r = mustReviews(t, splits.Config{Source: source, Train: 100, Validation: 40, DropDuplicates: splits.DropExact}); len(r.Validation) != 40 || len(r.Train) != 100 || slices.Contains(idsOf(r.Validation), dev[3].ID) {
		t.Errorf("%d and %d examples", len(r.Train), len(r.Validation))
	}

	if err := os.Remove(filepath.Join(source, "test.jsonl")); err != nil {
		t.Fatal(err)
	}
	r = mustReviews(t, splits.Config{Source: source})
	mustSay(t, r.Notes, "no test half: the validation half, 60 examples, serves as the test half")
	if len(r.Test) != 60 || len(r.Validation) != 60 || len(r.Train) != 240 || !strings.HasPrefix(r.Test[0].ID, "dev") || !strings.HasPrefix(r.Validation[0].ID, "train") {
		t.Errorf("%d, %d and %d examples", len(r.Train), len(r.Validation), len(r.Test))
	}
	r = mustReviews(t, splits.Config{Source: source, TestShare: 0.1})
	mustSay(t, r.Notes, "10 % of the 300 examples, 30, are held out", "60 examples, is the validation set")
	if len(r.Test) != 30 || len(r.Validation) != 60 {
		t.Errorf("%d and %d examples", len(r.Validation), len(r.Test))
	}
}

// Defaults shrink to what there is; numbers of the user do not.
func TestDefaultSizes(t *testing.T) {
	small := writeExamples(t, manyExamples("train", 250), manyExamples("test", 167))
	for name, c := range map[string]struct {
		d    splits.Config
		want [3]int
		says []string
	}{
		"all defaults":      {splits.Config{}, [3]int{200, 50, 167}, []string{"test 167 of the default 1,000", "validation 50 of the default 200", "train 200 of the default 1,800"}},
		"train all":         {splits.Config{Train: -1}, [3]int{200, 50, 167}, []string{"validation 50"}},
		"own train":         {splits.Config{Train: 40}, [3]int{40, 200, 167}, nil},
		"large own train":   {splits.Config{Train: 180}, [3]int{180, 50, 167}, []string{"validation 50"}},
		"own validation":    {splits.Config{Validation: 100}, [3]int{150, 100, 167}, []string{"train 150"}},
		"own test":          {splits.Config{Test: 100}, [3]int{200, 50, 100}, nil},
		"explicit default":  {splits.Config{Train: 1800}, [3]int{}, nil},
		"too many tests":    {splits.Config{Test: 168}, [3]int{}, nil},
		"explicit 1000":     {splits.Config{Test: 1000}, [3]int{}, nil},
		"too large a train": {splits.Config{Train: 249}, [3]int{}, nil},
		"explicit 200":      {splits.Config{Validation: 250}, [3]int{}, nil},
		"all of none":       {splits.Config{Validation: -1}, [3]int{}, nil},
	} {
		c.d.Source = small
		r, err := (Experiment{Data: c.d}).Examples(context.Background())
		if c.want == [3]int{} {
			var field *FieldError
			if !errors.As(err, &field) || !strings.HasPrefix(field.Field, "data.") || c.d.Validation == 0 && !strings.Contains(err.Error(), "; -1 takes all") {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := [3]int{len(r.Train), len(r.Validation), len(r.Test)}; got != c.want {
			t.Errorf("%s: %v, expected %v", name, got, c.want)
		}
		mustSay(t, r.Notes, c.says...)
	}
	// Data that have enough have no note.
	if r := mustReviews(t, splits.Config{Source: writeExamples(t, manyExamples("train", 2000), manyExamples("test", 1000))}); r.Notes != nil || len(r.Train) != 1800 || len(r.Validation) != 200 || len(r.Test) != 1000 {
		t.Errorf("%q, %d, %d and %d examples", r.Notes, len(r.Train), len(r.Validation), len(r.Test))
	}
	// 300 classes have a validation example each.
	many := manyExamples("train", 1500)
	for i := range many {
		many[i].Label = fmt.Sprint("c", i%300)
	}
	r := mustReviews(t, splits.Config{Source: writeExamples(t, many, many[:1000])})
	mustSay(t, r.Notes, "validation 300 ")
	if len(r.Validation) != 300 {
		t.Errorf("%d validation examples", len(r.Validation))
	}
}

// A class with one or two examples is trained, and its absence elsewhere is said.
func TestVerySmallClasses(t *testing.T) {
	list := manyExamples("x", 100)
	list[10].Label, list[20].Label, list[21].Label = "once", "twice", "twice"
	for name, c := range map[string]struct {
		d        splits.Config
		notes    []string
		warnings []string
	}{
		"one file":          {splits.Config{Source: oneFile(t, list)}, []string{`none of the classes ["once" "twice"], which have a single training example`}, []string{`no example of the classes ["once"]`}},
		"two halves":        {splits.Config{Source: writeExamples(t, list, manyExamples("test", 20))}, []string{`none of the classes ["once"]`}, nil},
		"own validation":    {splits.Config{Source: writeExamples(t, list, manyExamples("test", 20)), Validation: 10}, []string{`none of the classes ["once"]`}, nil},
		"a validation half": {splits.Config{Source: withValidation(t, writeExamples(t, list, manyExamples("test", 20)), manyExamples("dev", 30))}, nil, nil},
	} {
		r := mustReviews(t, c.d)
		mustSay(t, r.Notes, c.notes...)
		mustSay(t, r.Warnings, c.warnings...)
		counts, err := data.Counts(r.Train, len(r.Labels))
		if err != nil || slices.Contains(counts, 0) {
			t.Errorf("%s: %v of %q, %v", name, counts, r.Labels, err)
		}
	}
	// Every class has one example, or two.
	for n, want := range map[int]string{1: "data.source", 2: "data.validation"} {
		var few []example
		for i := range 10 * n {
			few = append(few, example{fmt.Sprint(i), fmt.Sprintf("w%d a%d b%d", i, i, i), fmt.Sprint("c", i%10)})
		}
		var field *FieldError
		if _, err := (Experiment{Data: splits.Config{Source: oneFile(t, few)}}).Examples(context.Background()); !errors.As(err, &field) || field.Field != want {
			t.Errorf("%d of each class: %v", n, err)
		}
	}
}

// A share beside a test half, or out of range, is refused.
func TestTestShareFaults(t *testing.T) {
	source := writeExamples(t, manyExamples("train", 100), manyExamples("test", 20))
	for share, want := range map[float64]string{0.3: "the source has a test half, of 20 examples", -0.1: "between 0 and 1", 1: "between 0 and 1"} {
		var field *FieldError
		_, err := (Experiment{Data: splits.Config{Source: source, TestShare: share}}).Examples(context.Background())
		if !errors.As(err, &field) || field.Field != "data.test_share" || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", share, err)
		}
	}
	e, err := Experiment{Data: splits.Config{TestShare: splits.DefaultTestShare}}.WithDefaults()
	if err != nil || e.Data.TestShare != 0 {
		t.Errorf("the default is written as %v, %v", e.Data.TestShare, err)
	}
}

// The run folder has the ids and notes of the splits. Its experiment opens again from
// experiment.json, and other examples are refused.
func TestSplitsFile(t *testing.T) {
	e := toy(t)
	e.Data = splits.Config{Source: filepath.Join(e.Data.Source, "train.jsonl"), MaxLength: 20}
	e.Training.Epochs = 1
	dir := filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, e, Options{})
	b, err := r.Baseline(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	mustSay(t, b.Notes, "no test half: 20 % of the 200 examples, 40,")
	mustSay(t, strings.Split(b.String(), "\n"), "data      no test half")
	examples, err := r.Examples(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	folder, err := runfolder.Open(filepath.Dir(dir), "run")
	if err != nil {
		t.Fatal(err)
	}
	var s splits.Record
	if err := folder.Read(runfolder.SplitsFile, &s); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Test.IDs, idsOf(examples.Test)) || s.Train.Examples != len(examples.Train) || !slices.Equal(s.Validation.IDs, idsOf(examples.Validation)) ||
		s.Seed != 3 || !slices.Equal(s.Notes, b.Notes) || !slices.Equal(s.Defaults, []string{"train", "validation", "test"}) {
		t.Errorf("%+v", s)
	}
	var held Experiment
	if err := folder.Experiment(&held); err != nil {
		t.Fatal(err)
	}
	if held.Data.Train != 1800 {
		t.Errorf("experiment.json has train %d", held.Data.Train)
	}
	again := openToy(t, dir, held, Options{})
	if _, err := again.Train(context.Background()); err != nil {
		t.Errorf("an experiment from experiment.json: %v", err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, runfolder.SplitsFile)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), s.Test.Digest, strings.Repeat("0", 64), 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	var damaged *runfolder.DamagedError
	if _, err := openToy(t, dir, e, Options{}).Examples(context.Background()); !errors.As(err, &damaged) {
		t.Errorf("a damaged file: %v", err)
	}
	s.Test.Digest = strings.Repeat("0", 64)
	changed, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, changed, 0o644); err != nil {
		t.Fatal(err)
	}
	var other *runfolder.ChangedError
	if _, err := openToy(t, dir, e, Options{}).Examples(context.Background()); !errors.As(err, &other) || !strings.Contains(err.Error(), "split test") {
		t.Errorf("other examples: %v", err)
	}
}

// A folder of an earlier version, which did not read the validation half, keeps its examples.
func TestFolderWithoutValidationHalf(t *testing.T) {
	e := toy(t)
	e.Training.Epochs = 1
	source := e.Data.Source
	dir := filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, e, Options{})
	if _, err := r.Baseline(context.Background()); err != nil {
		t.Fatal(err)
	}
	before, err := r.Examples(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Close(), os.Remove(filepath.Join(dir, runfolder.SplitsFile))); err != nil {
		t.Fatal(err)
	}
	withValidation(t, source, manyExamples("dev", 20))
	r = openToy(t, dir, e, Options{})
	after, err := r.Examples(context.Background())
	if err != nil || !slices.Equal(idsOf(after.Validation), idsOf(before.Validation)) {
		t.Errorf("other examples, %v", err)
	}
	fresh, err := openToy(t, filepath.Join(t.TempDir(), "run"), withData(e, func(d *splits.Config) { d.Validation = -1 }), Options{}).Examples(context.Background())
	if err != nil || len(fresh.Validation) != 20 {
		t.Errorf("a new folder: %v", err)
	}
}

func withData(e Experiment, change func(*splits.Config)) Experiment {
	change(&e.Data)
	return e
}
