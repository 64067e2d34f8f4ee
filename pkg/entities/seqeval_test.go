package entities

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// reference is a case of testdata/seqeval.json.
type reference struct {
	Scheme   Scheme     `json:"scheme"`
	Right    [][]string `json:"right"`
	Entities [][]span   `json:"entities"`
	Strict   [][]span   `json:"strict_entities"`
}

// span is an entity of seqeval: its type, the first word, and the last word or that after it.
type span [3]any

func readReference(t *testing.T) (cases []reference) {
	t.Helper()
	text, err := os.ReadFile("testdata/seqeval.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// The entities of random sequences are those of seqeval, in both modes.
func TestSpansAgainstSeqeval(t *testing.T) {
	found, strict := 0, 0
	for _, c := range readReference(t) {
		for i, tags := range c.Right {
			want := func(spans []span, after int) (list []Entity) {
				for _, s := range spans {
					list = append(list, Entity{s[0].(string), int(s[1].(float64)), int(s[2].(float64)) + after})
				}
				return list
			}
			if got := Spans(tags); !slices.Equal(got, want(c.Entities[i], 1)) {
				t.Errorf("%s %q: %v, seqeval has %v", c.Scheme, tags, got, c.Entities[i])
			}
			got, err := c.Scheme.Spans(tags)
			if err != nil || !slices.Equal(got, want(c.Strict[i], 0)) {
				t.Errorf("%s strict %q: %v %v, seqeval has %v", c.Scheme, tags, got, err, c.Strict[i])
			}
			found, strict = found+len(c.Entities[i]), strict+len(c.Strict[i])
		}
	}
	t.Logf("%d entities, %d in strict mode", found, strict)
	if found < 500 || strict < 300 {
		t.Error("too few are compared")
	}
}
