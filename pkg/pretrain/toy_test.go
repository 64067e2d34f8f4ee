package pretrain

import (
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
)

// toyPretraining has two stages, paired rows, and more epochs than one.
func toyPretraining(t *testing.T) Pretraining {
	t.Helper()
	return Pretraining{
		Model: toytest.MaskedModel(t), Texts: []string{toytest.Texts(t, 60)}, HeldOut: 12, Seed: 5,
		Stages: []Stage{{Steps: 17, Rows: 8, Length: 10}, {Steps: 12, Rows: 4, Length: 20}},
		Mask:   0.2, Contrast: 0.1, Bag: 0.2, Neighbours: 3, LearningRate: 3e-3, MeasureEvery: 5,
	}
}
