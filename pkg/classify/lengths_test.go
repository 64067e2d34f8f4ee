package classify

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// TestManyShortTexts: many short texts or pairs share rows. Their logits are those of each example alone,
// apart from the rounding of sums.
func TestManyShortTexts(t *testing.T) {
	needTime(t)
	p := tinyPredictor(t, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
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
		packed := 0
		for i := range prepared.batches.Len() {
			if batch := prepared.batches.At(i); batch.Packed != nil {
				packed += len(batch.Index)
			}
		}
		if packed != 1999 {
			t.Errorf("%d of 2000 %s share rows, want all but the longest", packed, name)
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

// TestOverflowSpoilsNoOtherText: a text whose numbers overflow has no effect on the others of its row.
func TestOverflowSpoilsNoOtherText(t *testing.T) {
	needTime(t)
	p := tinyPredictor(t, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
	m := p.model
	spoilt := m.Tokenizer.Encode("7", 8)[1]
	words := m.Store.GetVariable("/bert/embeddings/word_embeddings/weight")
	values := tensors.MustCopyFlatData[float32](words.MustValue())
	values[int(spoilt)*m.Config.HiddenSize] = float32(math.Inf(1))
	if err := words.SetValue(tensors.FromFlatDataAndDimensions(values, m.Config.VocabSize, m.Config.HiddenSize)); err != nil {
		t.Fatal(err)
	}
	texts := make([]data.Example, 2000)
	for i := range texts {
		texts[i].Text = fmt.Sprintf("Film %d is good", i%7)
	}
	texts[1000].Text = "Film 7 is good"
	all, err := p.Predict(t.Context(), texts, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	for i := range texts {
		if finite := floats.Finite(all.Logits[2*i : 2*i+2]); finite != (i != 1000) {
			t.Fatalf("logits of example %d are %v", i, all.Logits[2*i:2*i+2])
		}
	}
	alone, err := p.Predict(t.Context(), texts[:7], nil, "")
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range all.Logits {
		if want := alone.Logits[i%14]; i/2 != 1000 && !(math.Abs(float64(got-want)) <= 1e-4) {
			t.Fatalf("example %d: logit %v, expected %v", i/2, got, want)
		}
	}
}

// TestManyShortSentences: many short sentences share rows. The logits of their words are those of each
// sentence alone, apart from the rounding of sums.
func TestManyShortSentences(t *testing.T) {
	needTime(t)
	p := tinyPredictor(t, bert.Options{Head: bert.TokenClassification, Labels: []string{"O", "B-FILM"}, Seed: 1})
	logits := func(examples []data.Example) (*Prepared, [][]float32) {
		prepared, err := p.Prepare(examples, nil)
		if err != nil {
			t.Fatal(err)
		}
		values, err := p.wordLogits(t.Context(), prepared, nil, "", nil)
		if err != nil {
			t.Fatal(err)
		}
		return prepared, values
	}
	sentences := make([]data.Example, 2000)
	for i := range sentences {
		sentences[i].Words = []string{"Film", fmt.Sprint(i % 10), "is", "good"}
	}
	sentences[1000].Words = strings.Fields(strings.Repeat("A quiet film about a small town . ", 9))
	prepared, all := logits(sentences)
	if prepared.batches.At(0).Packed == nil {
		t.Error("no sentences share rows")
	}
	for _, i := range []int{0, 7, 1000, 1999} {
		_, alone := logits(sentences[i : i+1])
		for j, want := range alone[0] {
			if got := all[i][j]; !(math.Abs(float64(got-want)) <= 1e-4) {
				t.Errorf("sentence %d, word %d, class %d: logit %v, expected %v", i, j/2, j%2, got, want)
			}
		}
	}
}

// tinyPredictor returns a predictor of lorabook-tiny for texts of at most 128 tokens. It ends with the test.
func tinyPredictor(t *testing.T, options bert.Options) *Predictor {
	t.Helper()
	m, err := bert.Open(t.Context(), tiny.Name, options)
	if err != nil {
		t.Fatal(err)
	}
	p, err := NewPredictor(nil, m, m.Encoder(), 128)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// needTime skips a test of thousands of texts with -short, as under the race detector, where it takes
// minutes: what it computes has no goroutines of its own.
func needTime(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("thousands of texts: without -short")
	}
}
