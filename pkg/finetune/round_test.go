package finetune

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
)

// TestRoundsWhileReading: in bfloat16, matrices that a training does not need in float32 are rounded
// while they are read. Every tensor of the training equals, to the bit, that of a training whose
// model was read in float32.
func TestRoundsWhileReading(t *testing.T) {
	const perLayer, layers = 6, 2 // projections of the toy model
	for name, c := range map[string]struct {
		change func(*Experiment)
		read   int // matrices that are rounded while they are read
	}{
		"LoRA":    {func(*Experiment) {}, perLayer * layers},
		"modules": {func(e *Experiment) { e.Adapter.ModulesToSave = []string{"pooler.dense", "layer.1.output"} }, perLayer*layers - 1},
		"head":    {func(e *Experiment) { e.Method, e.Adapter = HeadOnly, lora.Config{} }, perLayer * layers},
		"PiSSA":   {func(e *Experiment) { e.Adapter.Init = lora.InitPiSSA }, 0},
		"EVA":     {func(e *Experiment) { e.Adapter.Init = lora.InitEVA }, 0},
		"DoRA":    {func(e *Experiment) { e.Adapter.DoRA = true }, 0},
		"SHiRA":   {func(e *Experiment) { e.Adapter = lora.Config{PeftType: lora.SHiRA, R: 2} }, 0},
		"full": {func(e *Experiment) {
			e.Method, e.Adapter, e.Training.LearningRate = Full, lora.Config{}, 2e-3
		}, 0},
		"float32": {func(e *Experiment) { e.Training.Precision = precision.Float32 }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e, ctx := toy(t), context.Background()
			e.Training.Precision = precision.BFloat16
			c.change(&e)
			r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
			n, err := r.openModel(ctx, 0)
			if err != nil {
				t.Fatal(err)
			}
			if n.Config.NumHiddenLayers != layers {
				t.Fatalf("the toy model has %d layers, expected %d", n.Config.NumHiddenLayers, layers)
			}
			read := 0
			for v := range n.Store.IterVariables() {
				if v.DType() == dtypes.BFloat16 {
					read++
				}
			}
			if read != c.read {
				t.Errorf("%d matrices are rounded while they are read, expected %d", read, c.read)
			}
			exact := *n
			head, problem := e.head()
			if exact.Model, err = bert.Open(ctx, e.Model, bert.Options{Head: head, Labels: n.Config.Labels, Seed: e.Seed, ProblemType: problem}); err != nil {
				t.Fatal(err)
			}
			exact.encoder = exact.Model.Encoder()
			for _, n := range []*network{n, &exact} {
				if err := r.makeTrainable(ctx, n); err != nil {
					t.Fatal(err)
				}
			}
			count := 0
			for v := range exact.Store.IterVariables() {
				count++
				got := n.Store.GetVariable(v.Path())
				if got == nil || got.DType() != v.DType() || got.Trainable != v.Trainable || !bytes.Equal(bytesOf(t, got), bytesOf(t, v)) {
					t.Errorf("%s differs from that of a model that was read in float32", v.Path())
				}
			}
			for range n.Store.IterVariables() {
				count--
			}
			if count != 0 {
				t.Errorf("the stores differ by %d variables", count)
			}
		})
	}
}

// bytesOf returns a copy of a variable's bytes.
func bytesOf(t *testing.T, v *model.Variable) (copied []byte) {
	t.Helper()
	value, err := v.Value()
	if err == nil {
		err = value.ConstBytes(func(data []byte) { copied = bytes.Clone(data) })
	}
	if err != nil {
		t.Fatal(err)
	}
	return copied
}
