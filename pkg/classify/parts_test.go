package classify_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// Predictions of parts, joined and ordered, equal those of all examples to the bit, for every task and for
// examples with several windows.
func TestParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	var examples []data.Example
	for i := range 150 {
		words := make([]string, 1+rng.IntN(30))
		for j := range words {
			words[j] = string(rune('a' + rng.IntN(20)))
		}
		e := data.Example{ID: fmt.Sprint(i), Text: strings.Join(words, " "), Label: i % 3, Labels: []int{i % 3}, Value: float64(i), Words: words}
		e.Tags = make([]int, len(words))
		examples = append(examples, e)
	}
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification} {
		for _, truncation := range []encoding.Truncation{encoding.Head, encoding.Windows} {
			if task == data.TokenClassification && truncation == encoding.Windows {
				continue
			}
			t.Run(fmt.Sprint(task, " ", truncation), func(t *testing.T) {
				head := bert.Classification
				if task == data.TokenClassification {
					head = bert.TokenClassification
				}
				m, err := bert.Open(t.Context(), toytest.Classifier(t, task), bert.Options{Head: head})
				if err != nil {
					t.Fatal(err)
				}
				p, err := classify.NewPredictor(testenv.GoBackend(t), m, m.Encoder(), 16)
				if err != nil {
					t.Fatal(err)
				}
				defer p.Close()
				p.SetEncoding(encoding.Record{Truncation: truncation})
				all, err := p.Prepare(examples, nil)
				if err != nil {
					t.Fatal(err)
				}
				want, err := p.PredictTask(t.Context(), all, nil, "", nil)
				if err != nil {
					t.Fatal(err)
				}
				parts := all.Parts(1)
				if n := len(all.Parts(1000)); len(parts) < 2 || n != 1 {
					t.Errorf("%d parts of at least 1 example, %d of at least 1000; want several, and one", len(parts), n)
				}
				checkSamples(t, all)
				var predictions []*classify.TaskPredictions
				var numbers []int
				for _, part := range parts {
					got, err := p.PredictTask(t.Context(), part, nil, "", nil)
					if err != nil {
						t.Fatal(err)
					}
					if diff := cmp.Diff(part.IDs(), got.IDs()); diff != "" {
						t.Errorf("the examples of a part: %s", diff)
					}
					predictions = append(predictions, got)
					numbers = append(numbers, part.Numbers()...)
				}
				order := make([]int, len(numbers))
				for at, number := range numbers {
					order[number] = at
				}
				slices.Sort(numbers)
				if diff := cmp.Diff(all.Numbers(), numbers); diff != "" {
					t.Fatalf("the parts do not have every example once: %s", diff)
				}
				got := classify.Join(predictions...).Select(order...)
				ignore := cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "words" }, cmp.Ignore())
				if diff := cmp.Diff(want, got, cmp.AllowUnexported(classify.TaskPredictions{}), ignore); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// checkSamples: the parts of a sample have its examples once, also where a part has none; a sample of none has none.
func checkSamples(t *testing.T, all *classify.Prepared) {
	t.Helper()
	if numbers := all.Sample(0, 1).Numbers(); len(numbers) > 0 {
		t.Errorf("a sample of no examples has %d", len(numbers))
	}
	for seed := range int64(30) {
		sample := all.Sample(5, seed)
		var numbers []int
		for _, part := range sample.Parts(1) {
			numbers = append(numbers, part.Numbers()...)
		}
		slices.Sort(numbers)
		if diff := cmp.Diff(sample.Numbers(), numbers); diff != "" {
			t.Fatalf("the parts of the sample of seed %d do not have its examples once: %s", seed, diff)
		}
	}
}
