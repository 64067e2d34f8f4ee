package finetune

import (
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// A predictor moves the weights to the engine: none has a copy in Go's memory.
func TestPredictorTakesTheWeights(t *testing.T) {
	m, err := bert.Open(t.Context(), tiny.Name, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
	if err != nil {
		t.Fatal(err)
	}
	p, err := classify.NewPredictor(toytest.Backend(t), m, m.Encoder(), 32)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for v := range m.Store.IterVariables() {
		if !v.HasValue() {
			continue
		}
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		if !value.IsOnAnyDevice() || !value.IsShared() { // a value that is not shared has a copy in Go
			t.Fatalf("%s: on the engine %v, shared %v", v.Path(), value.IsOnAnyDevice(), value.IsShared())
		}
	}
}
