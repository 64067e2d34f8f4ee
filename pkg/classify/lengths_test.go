package classify

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestManyShortTexts: many short texts share rows, and many short pairs are in shorter rows than the
// default ones. Their logits are those of each example alone, apart from the rounding of sums.
func TestManyShortTexts(t *testing.T) {
	m, err := bert.Open(t.Context(), tiny.Name, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPredictor(nil, m, m.Encoder(), 128)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	texts := make([]data.Example, 2000)
	for i := range texts {
		texts[i].Text = fmt.Sprintf("Film %d is good", i%10)
	}
	texts[1000].Text = strings.Repeat("A quiet film about a small town. ", 7) // half of a shared row at most
	texts[1001].Text = strings.Repeat("A quiet film about a small town. ", 12)
	texts[1002].Text = "No"
	pairs := make([]data.Example, len(texts))
	for i, e := range texts {
		pairs[i] = data.Example{Text: e.Text, TextPair: "So it is"}
	}
	for name, examples := range map[string][]data.Example{"texts": texts, "pairs": pairs} {
		prepared, err := p.Prepare(examples, nil)
		if err != nil {
			t.Fatal(err)
		}
		packed, short := 0, 0
		for i := range prepared.batches.Len() {
			if batch := prepared.batches.At(i); batch.Packed != nil {
				packed += len(batch.Index)
			} else if batch.Length < 32 {
				short += len(batch.Index)
			}
		}
		if name == "texts" && (packed < 1998 || short > 0) || name == "pairs" && (packed > 0 || short < 1950) {
			t.Errorf("of 2000 %s, %d share rows and %d are in rows of less than 32 tokens", name, packed, short)
		}
		all, err := p.PredictExamples(t.Context(), prepared, nil, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range []int{0, 7, 1000, 1001, 1002, 1999} {
			alone, err := p.Predict(t.Context(), examples[i:i+1], nil, "")
			if err != nil {
				t.Fatal(err)
			}
			for class, want := range alone.Logits {
				if got := all.Logits[2*i+class]; !(math.Abs(float64(got-want)) <= 1e-4) {
					t.Errorf("%s, example %d, class %d: logit %v, expected %v", name, i, class, got, want)
				}
			}
		}
	}
}
