package finetune

import (
	"context"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/pretrain"
	"github.com/lorabook/lorabook/pkg/splits"
)

// toy is an experiment whose accuracy rises within a second of training.
func toy(t *testing.T) Experiment {
	t.Helper()
	return Experiment{
		Model: toytest.Model(t), Seed: 3,
		Data:     splits.Config{Source: toytest.Data(t), Train: 96, Validation: 40, Test: 80, MaxLength: 20},
		Adapter:  lora.Config{R: 4, Alpha: 8, Dropout: 0.1},
		Training: Training{Epochs: 3, LearningRate: 0.02},
	}
}

func openToy(t *testing.T, dir string, e Experiment, options Options) *Run {
	t.Helper()
	if options.Backend == nil {
		options.Backend = toytest.Backend(t)
	}
	r, err := Open(dir, e, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// aPretraining has two stages, paired rows, and more than one epoch.
func aPretraining(t *testing.T) pretrain.Pretraining {
	t.Helper()
	return pretrain.Pretraining{
		Model: toytest.MaskedModel(t), Texts: []string{toytest.Texts(t, 60)}, HeldOut: 12, Seed: 5,
		Stages: []pretrain.Stage{{Steps: 17, Rows: 8, Length: 10}, {Steps: 12, Rows: 4, Length: 20}},
		Mask:   0.2, Contrast: 0.1, Bag: 0.2, Neighbours: 3, LearningRate: 3e-3, MeasureEvery: 5,
	}
}

// predict is predictTask for one class per example.
func (r *Run) predict(ctx context.Context, n *network, examples []data.Example, rows *encoding.Rows, task string) (*metrics.Predictions, error) {
	p, err := r.predictTask(ctx, n, examples, rows, task)
	if err != nil {
		return nil, err
	}
	return p.SingleLabel, nil
}
