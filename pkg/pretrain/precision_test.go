package pretrain

import (
	"context"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/precision"
)

// Gradients in bfloat16 differ from those in float32 by about the rounding of their eight bits.
// Weights stay float32.
func TestBFloat16Gradients(t *testing.T) {
	p := Pretraining{Model: toytest.MaskedModel(t), Mask: 0.3, Contrast: 0.3, Bag: 0.3, Seed: 11, Stages: []Stage{{Steps: 1, Rows: 8, Length: 20}}}.WithDefaults()
	gradients := func(format precision.Precision) map[string][]float32 {
		m, err := bert.Open(context.Background(), p.Model, bert.Options{Head: bert.MaskedLM})
		if err != nil {
			t.Fatal(err)
		}
		for v := range m.Store.IterVariables() {
			v.SetTrainable(true)
		}
		addBagProjection(m, p.Seed)
		b, err := newMaskedRows(m.Tokenizer, someTexts(18, 36, 30, 22, 18), p, currentRules).batchOf(0)
		if err != nil {
			t.Fatal(err)
		}
		encoder := m.Encoder()
		encoder.Config.HiddenDropout, encoder.Config.AttentionDropout = 0, 0
		var names []string
		objective := pretrainingObjective(encoder, p, true)
		backend := toytest.Backend(t)
		if format == precision.BFloat16 {
			backend = bfloat16.Products(backend)
		}
		exec, err := feed.New(backend, m.Store, objective.Signature, func(root *model.Scope, in batching.Nodes) []*graph.Node {
			loss, _, grads := trainer.Gradients(root, in, objective)
			names = nil
			for _, v := range trainer.Trainable(root, loss.Graph()) {
				names = append(names, v.Path())
			}
			return grads
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		out, err := exec.Call(b.tensors().Tensors)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string][]float32{}
		for i, name := range names {
			found[name] = tensors.MustCopyFlatData[float32](out[i]) // fails for another type
		}
		return found
	}
	exact, rounded := gradients(precision.Float32), gradients(precision.BFloat16)
	if len(exact) < 40 {
		t.Fatalf("%d gradients", len(exact))
	}
	differ := 0
	for name, want := range exact {
		if strings.HasSuffix(name, "key/bias") {
			continue // 0 up to rounding
		}
		d := testenv.RelativeDistance(rounded[name], want)
		if d > 0.1 {
			t.Errorf("%s differs by %.3f of its norm", name, d)
		}
		if d > 1e-4 {
			differ++
		}
	}
	if differ < len(exact)/2 {
		t.Errorf("only %d of %d gradients differ: products were not rounded", differ, len(exact))
	}
}
