package duplicates

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/data"
)

// textsPart makes a part of texts; a text that begins with "!" has the label 1.
func textsPart(name string, texts ...string) Part {
	p := Part{Name: name}
	for i, text := range texts {
		text, is := strings.CutPrefix(text, "!")
		r := data.Example{ID: fmt.Sprintf("%s/%d", name, i), Text: text}
		if is {
			r.Label = 1
		}
		p.Examples = append(p.Examples, r)
	}
	return p
}

func duplicatesOf(t *testing.T, parts ...Part) *Result {
	t.Helper()
	d, err := Find(context.Background(), parts...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// quiet is a text of twelve words, eight shingles.
const quiet = "a quiet film about two sisters who mend clocks in the rain"

func TestDuplicateKinds(t *testing.T) {
	for name, c := range map[string]struct {
		a, b string
		kind Kind // "": no copies
	}{
		"identical":               {quiet, quiet, Exact},
		"punctuation":             {quiet, "A quiet film -- about two sisters, who mend clocks (in the rain)!", Letters},
		"a missing space":         {quiet, strings.Replace(quiet, "two sisters", "twosisters", 1), Letters},
		"one word at the end":     {quiet, quiet + " tonight", Near},
		"first word":              {quiet, "one" + quiet[1:], Near},
		"two words in the middle": {quiet, strings.Replace(quiet, "two sisters", "both brothers", 1), ""},
		"half of it":              {quiet, quiet[:30], ""},
		"another film":            {quiet, "a loud film about two brothers who break clocks in the sun", ""},
		"composed and decomposed": {"das Café zur schönen Aussicht", "das Cafe\u0301 zur scho\u0308nen Aussicht", Letters},
		"full width":              {"ＧＯＯＤ　ｆｉｌｍ", "good film", Letters},
		"case folding":            {"STRASSE", "straße", Letters},
		"an accent tells apart":   {"résumé", "resume", ""},
		"a vowel sign tells":      {"कि", "की", ""},
		"no letters":              {"!!!", "...", ""},
		"the same without any":    {":-)", ":-)", Exact},
		"Chinese near":            {"这部电影的故事很好看演员也很好", "这部电影的故事很好看演员也很棒", Near},
		"Chinese apart":           {"这部电影的故事很好看", "我昨天和朋友去吃饭了", ""},
		"another digit":           {"ten of 10", "ten of 11", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := duplicatesOf(t, textsPart("test", "."+c.a), textsPart("train", "."+c.b))
			n := d.Count("train", "test")
			want := Count{Part: "train", In: "test"}
			switch c.kind {
			case Exact:
				want.Exact = 1
			case Letters:
				want.Letters = 1
			case Near:
				want.Near = 1
			}
			if diff := cmp.Diff(want, n, cmpopts.IgnoreFields(Count{}, "Examples")); diff != "" {
				t.Error(diff)
			}
			if c.kind != "" && (len(n.Examples) != 1 || n.Examples[0].ID != "train/0" || n.Examples[0].Other != "test/0" || n.Examples[0].Kind != c.kind) {
				t.Errorf("the examples are %+v", n.Examples)
			}
		})
	}
}

// TestDuplicateSurplus: which examples of a part have copies before them, by kind, and
// which of copies in one part stays.
func TestDuplicateSurplus(t *testing.T) {
	long := strings.Repeat("so many words that say no more than that they are many ", 2)
	d := duplicatesOf(t,
		textsPart("test", "alone in the test", quiet, quiet),
		textsPart("validation", "Quiet.", quiet+"!"),
		textsPart("train", "quiet", quiet+" tonight", "other", "other", "Other!", long+"first", "!"+long+"last", quiet))
	for kind, want := range map[Kind][3][]int{
		Exact:   {nil, {7}, {3, 7}},
		Letters: {{1}, {0, 7}, {0, 3, 4, 7}},
		Near:    {{1}, {0, 1, 7}, {0, 1, 3, 4, 6, 7}},
	} {
		got := [3][]int{d.InEarlierParts(1, kind), d.InEarlierParts(2, kind), d.Redundant(2, kind)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", kind, diff)
		}
	}
	if n := d.Count("test", "test"); n.Exact != 1 || n.Total() != 1 {
		t.Errorf("within test: %+v", n)
	}
	if d.Contradicting != 2 || len(d.Contradictions) != 2 || d.Contradictions[0].ID != "train/5" || d.Contradictions[0].Other != "train/6" {
		t.Errorf("contradicting labels: %d, %+v", d.Contradicting, d.Contradictions)
	}
	if got, want := d.Count("train", "validation").String(), "train examples with a copy in validation: 2 of the same letters, 1 near"; got != want {
		t.Errorf("%q, expected %q", got, want)
	}
}

// TestDuplicatesAgainstPython: all counts equal those of Python, which compares every two
// texts.
func TestDuplicatesAgainstPython(t *testing.T) {
	python := testenv.Get(t, "LORABOOK_PYTHON")
	if python == "" {
		t.Skip("set LORABOOK_PYTHON to a Python with the package regex (transformers brings it) to run this test")
	}
	sample, err := data.Open(context.Background(), data.Sample)
	if err != nil {
		t.Fatal(err)
	}
	parts := mutated(sample.Train[:200], 3)
	var lines bytes.Buffer
	for _, p := range parts {
		for _, r := range p.Examples {
			line := map[string]any{"part": p.Name, "id": r.ID, "text": r.Text, "label": r.Label}
			if err := json.NewEncoder(&lines).Encode(line); err != nil {
				t.Fatal(err)
			}
		}
	}
	cmd := exec.Command(python, "testdata/reference.py")
	cmd.Stdin, cmd.Stderr = &lines, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want Result
	if err := json.Unmarshal(out, &want); err != nil {
		t.Fatal(err)
	}
	got := duplicatesOf(t, parts...)
	if diff := cmp.Diff(&want, got, cmpopts.IgnoreUnexported(Result{}), cmpopts.IgnoreFields(Result{}, "Contradictions"),
		cmpopts.IgnoreFields(Count{}, "Examples")); diff != "" {
		t.Error(diff)
	}
	if len(got.Counts) != 9 || got.Contradicting == 0 {
		t.Errorf("too little to compare: %+v", got)
	}
	for _, c := range got.Counts {
		if c.Exact == 0 || c.Letters == 0 || c.Near == 0 {
			t.Errorf("too little to compare: %v", c)
		}
	}
}

// mutated makes three parts of examples and of copies that differ in anything from
// nothing to half of their words.
func mutated(examples []data.Example, seed uint64) []Part {
	rng := rand.New(rand.NewPCG(seed, seed))
	parts := []Part{{Name: "test"}, {Name: "validation"}, {Name: "train"}}
	add := func(text string, label int) {
		p := &parts[rng.IntN(len(parts))]
		p.Examples = append(p.Examples, data.Example{ID: fmt.Sprintf("%s/%d", p.Name, len(p.Examples)), Text: text, Label: label})
	}
	for _, r := range examples {
		add(r.Text, r.Label)
		for range rng.IntN(4) {
			words := strings.Fields(r.Text)
			label := r.Label
			if rng.IntN(8) == 0 {
				label = 1 - label
			}
			switch rng.IntN(4) {
			case 0:
			case 1:
				words[0] = strings.ToUpper(words[0]) + "…"
			case 2:
				for range 1 + rng.IntN(4) {
					words[rng.IntN(len(words))] = "straße"
				}
			case 3:
				words = append(words, strings.Fields(examples[rng.IntN(len(examples))].Text)[:rng.IntN(8)]...)
			}
			add(strings.Join(words, " "), label)
		}
	}
	return parts
}

// TestManyTextsOfOneTemplate: thousands of near copies are found in a time that does not
// grow with the square of their number.
func TestManyTextsOfOneTemplate(t *testing.T) {
	var texts []string
	for i := range 20_000 {
		texts = append(texts, fmt.Sprintf("%s and %d customers liked it", quiet, i))
	}
	d := duplicatesOf(t, textsPart("test", texts[:10]...), textsPart("train", texts[10:]...))
	if n := d.Count("train", "test"); n.Near != len(texts)-10 {
		t.Errorf("%v, expected all of %d", n, len(texts)-10)
	}
}

func TestDuplicatesStopWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if d, err := Find(ctx, textsPart("train", "a", "b")); !errors.Is(err, context.Canceled) || d != nil {
		t.Errorf("%v, %v", d, err)
	}
}

// TestRealIMDBDuplicates: the figures are counted by testdata/reference.py, and
// those of identical texts by a dictionary of them in Python.
func TestRealIMDBDuplicates(t *testing.T) {
	for name, c := range map[string]struct {
		opener data.Opener
		want   []Count
		unique int
	}{
		"as published": {data.Opener{Raw: true}, []Count{
			{Part: "test", In: "test", Exact: 199, Letters: 2, Near: 18},
			{Part: "test", In: "train", Exact: 123, Near: 4},
			{Part: "train", In: "test", Exact: 123, Near: 3},
			{Part: "train", In: "train", Exact: 96, Letters: 2, Near: 23},
		}, 49_582},
		"as the model reads it": {data.Opener{}, []Count{
			{Part: "test", In: "test", Exact: 199, Letters: 4, Near: 16},
			{Part: "test", In: "train", Exact: 123, Near: 4},
			{Part: "train", In: "test", Exact: 123, Near: 3},
			{Part: "train", In: "train", Exact: 98, Letters: 1, Near: 22},
		}, 49_580},
	} {
		d, err := c.opener.Open(context.Background(), imdbPath(t))
		if err != nil {
			t.Fatal(err)
		}
		got := duplicatesOf(t, Part{"test", d.Test}, Part{"train", d.Train})
		if diff := cmp.Diff(c.want, got.Counts, cmpopts.IgnoreFields(Count{}, "Examples")); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		// One pair, of which one quotes the other.
		if got.Contradicting != 2 || got.Contradictions[0].Kind != Near {
			t.Errorf("%s: contradicting labels of %+v", name, got.Contradictions)
		}
		texts := map[string]bool{}
		for _, r := range slices.Concat(d.Train, d.Test) {
			texts[r.Text] = true
		}
		if len(texts) != c.unique {
			t.Errorf("%s: %d different texts, expected %d", name, len(texts), c.unique)
		}
	}
}

func BenchmarkFindDuplicates(b *testing.B) {
	d, err := data.Open(context.Background(), imdbPath(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Find(context.Background(), Part{"test", d.Test}, Part{"train", d.Train}); err != nil {
			b.Fatal(err)
		}
	}
}

// imdbPath is the path of the real data set.
func imdbPath(t testing.TB) string {
	t.Helper()
	path := testenv.Get(t, "LORABOOK_IMDB")
	if path == "" {
		t.Skip("set LORABOOK_IMDB to the path of aclImdb_v1.tar.gz to run this test")
	}
	return path
}

// Large numbers have commas.
func TestKindsOfManyExamples(t *testing.T) {
	if got := (Count{Exact: 12345, Near: 7}).Kinds(); got != "12,345 exact, 7 near" {
		t.Error(got)
	}
}

// Closest names the closest duplicate of an example in another part, and none where there is none.
func TestClosest(t *testing.T) {
	long := "one two three four five six seven eight nine ten"
	d := duplicatesOf(t,
		Part{"train", []data.Example{{ID: "a", Text: long + " eleven"}, {ID: "b", Text: long}, {ID: "c", Text: "Short text!"}}},
		Part{"test", []data.Example{{ID: "x", Text: long}, {ID: "y", Text: "short text"}, {ID: "z", Text: "another"}}})
	for i, want := range []Pair{{Other: "b", Kind: Exact}, {Other: "c", Kind: Letters}, {}} {
		if got, ok := d.Closest(1, i, 0); ok != (want.Other != "") || got.Other != want.Other || got.Kind != want.Kind {
			t.Errorf("example %d: %v, %v, expected %v", i, got, ok, want)
		}
	}
	for _, bad := range [][3]int{{1, 3, 0}, {1, -1, 0}, {2, 0, 0}, {0, 0, -1}} {
		if _, ok := d.Closest(bad[0], bad[1], bad[2]); ok {
			t.Errorf("%v has a duplicate", bad)
		}
	}
	if _, ok := new(Result).Closest(0, 0, 0); ok {
		t.Error("an empty result has a duplicate")
	}
}
