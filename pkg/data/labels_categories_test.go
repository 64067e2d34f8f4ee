package data

import (
	"slices"
	"strings"
	"testing"
)

// spaCy has a score of each class in "cats".
func TestCategories(t *testing.T) {
	content := `{"text":"one","cats":{"good":1.0,"bad":0.0,"odd":0}}
{"text":"two","cats":{"bad":true,"good":false}}
{"text":"three","cats":{"good":1,"bad":0}}
`
	for _, held := range []int64{0, -1} { // texts that are held, and texts that are read again
		d, err := openWith(t, Opener{HeldBytes: held}, "own.jsonl", content)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(d.Labels, []string{"bad", "good"}) || d.Train[0].Label != 1 || d.Train[1].Label != 0 || d.Train[2].Label != 1 {
			t.Errorf("%q, %+v", d.Labels, d.Train)
		}
		if text := strings.Join(d.Warnings, "\n"); !strings.Contains(text, `no example has one of the classes "odd"`) {
			t.Errorf("%q, expected that a class is left out", text)
		}
	}
	d, err := openWith(t, Opener{Task: MultiLabel}, "own.jsonl", content+`{"text":"four","cats":{"good":1,"bad":1}}`+"\n"+`{"text":"five","cats":{"good":0}}`+"\n")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(d.Train[3].Labels, []int{0, 1}) || len(d.Train[4].Labels) != 0 {
		t.Errorf("%+v", d.Train)
	}
}

func TestCategoriesRefused(t *testing.T) {
	for content, want := range map[string]string{
		`{"text":"x","cats":{"a":0.7,"b":0.3}}`: `own.jsonl:1: "label" is {"a":0.7,"b":0.3}: expected 1 for the classes of the text and 0 for the others, found 0.7 for "a"`,
		`{"text":"x","cats":{"a":1,"b":1}}`:     "expected 1 for one class, found it for 2",
		`{"text":"x","cats":{"a":0,"b":0}}`:     "expected 1 for one class, found it for 0",
		`{"text":"x","cats":{"a":null}}`:        "found null for",
		`{"text":"x","cats":{}}`:                "expected an integer or a name",
	} {
		_, err := openWith(t, Opener{}, "own.jsonl", content+"\n")
		wantError(t, err, want)
	}
}
