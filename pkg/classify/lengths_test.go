package classify

import (
	"fmt"
	"math"
	"testing"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestManyShortTexts: many short texts are computed in shorter batches than the default ones. Their
// logits are those of each text alone, apart from the rounding of sums.
func TestManyShortTexts(t *testing.T) {
	m, err := bert.Open(t.Context(), tiny.Name, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPredictor(nil, m, m.Encoder(), 64)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var examples []data.Example
	for i := range 400 {
		examples = append(examples, data.Example{Text: fmt.Sprintf("Film %d", i%10)})
	}
	examples = append(examples, data.Example{Text: "A quiet film about a small town, and a very good one, with music that nobody who was there will ever forget, although it is slow and long in places."})
	prepared, err := p.Prepare(examples, nil)
	if err != nil {
		t.Fatal(err)
	}
	if first := prepared.batches.At(0); first.Length >= 32 {
		t.Errorf("the shortest texts are in batches of %d tokens, expected fewer than the default, 32", first.Length)
	}
	all, err := p.PredictExamples(t.Context(), prepared, nil, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 7, 399, 400} {
		alone, err := p.Predict(t.Context(), examples[i:i+1], nil, "")
		if err != nil {
			t.Fatal(err)
		}
		for class, want := range alone.Logits {
			if got := all.Logits[2*i+class]; math.Abs(float64(got-want)) > 1e-4 {
				t.Errorf("text %d, class %d: logit %v, expected %v", i, class, got, want)
			}
		}
	}
}
