package pretrain

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
)

// A pre-training of one step trains.
func TestOneStepPretrains(t *testing.T) {
	p := toyPretraining(t)
	p.Stages = []Stage{{Steps: 1, Rows: 8, Length: 10}}
	result, err := Run(t.Context(), filepath.Join(t.TempDir(), "run"), p, Options{Backend: testenv.GoBackend(t)})
	if err != nil {
		t.Fatal(err)
	}
	if result.HeldOut.Loss == result.HeldOutBefore.Loss {
		t.Errorf("the held-out loss is %v before and after", result.HeldOut.Loss)
	}
}

// A held-out loss that is not finite is a divergence, also where the weights are finite.
func TestOverflowingLossDiverges(t *testing.T) {
	for _, rate := range []float64{1e10, 1e19} {
		p := toyPretraining(t)
		p.LearningRate, p.Warmup, p.MeasureEvery, p.Contrast, p.Bag, p.Neighbours = rate, -1, 1, 0, 0, 1
		_, err := Run(t.Context(), filepath.Join(t.TempDir(), "run"), p, Options{Backend: testenv.GoBackend(t)})
		if !errors.Is(err, ErrDiverged) {
			t.Errorf("with the learning rate %g: %v", rate, err)
		}

	}
}
