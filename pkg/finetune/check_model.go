package finetune

import (
	"context"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/finetune/internal/weights"
	"github.com/lorabook/lorabook/pkg/lora"
)

// CheckModel opens the experiment's model with the names of its classes (splits.Examples.Labels) and makes
// its tensors trainable, as a training does, so that a model that cannot be opened, or an adapter that does
// not fit it, is an error before any training starts. It trains nothing, writes no file and needs no engine.
// Of an adapter whose initialization depends on the model or the examples it checks the modules, and does not
// compute the initialization.
func (e Experiment) CheckModel(ctx context.Context, labels []string) error {
	e, err := e.WithDefaults()
	if err != nil {
		return err
	}
	m, err := bert.Open(ctx, e.Model, e.modelOptions(labels))
	if err != nil {
		return err
	}
	if err := e.checkLength(m); err != nil {
		return err
	}
	n := &network{Model: m, encoder: m.Encoder()}
	switch e.Method {
	case LoRA:
		config := e.Adapter
		if !config.InitializedFromSeed() {
			config.Init, config.EVA = "", nil
		}
		if n.adapter, err = lora.New(config); err != nil {
			return err
		}
		if err := n.adapter.Inject(m.Store, m.DenseModules(), e.Seed, m.EmbeddingModules()...); err != nil {
			return err
		}
	case HeadOnly:
		if _, err := weights.OfHead(m, n.encoder, e.Adapter.ModulesToSave, e.base(), ""); err != nil {
			return err
		}
	case Full:
		return nil // every tensor is trained
	}
	return n.checkTrainable(e)
}
