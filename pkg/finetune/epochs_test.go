package finetune

import (
	"context"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Each validation of a training measures the weights of its time: the losses of the epochs
// differ. With one batch to a step and with several.
func TestEachEpochIsValidated(t *testing.T) {
	for name, backend := range map[string]compute.Backend{"go": testenv.GoBackend(t), "selected": toytest.Backend(t)} {
		for _, accumulate := range []int{1, 2} {
			e := toy(t)
			e.Training.Accumulate, e.Training.Warmup = accumulate, -1
			var losses []float64
			r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: backend, OnHistory: func(l runfolder.HistoryLine) {
				if l.Kind == runfolder.EvalLine {
					losses = append(losses, l.Loss)
				}
			}})
			trained, err := r.Train(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if len(losses) < 3 {
				t.Fatalf("%s, accumulation of %d: %d validations in three epochs", name, accumulate, len(losses))
			}
			if distinct := slices.Compact(slices.Sorted(slices.Values(losses))); len(distinct) != len(losses) {
				t.Errorf("%s, accumulation of %d: the validations of several states have the same loss: %v", name, accumulate, losses)
			}
			if lowest := slices.Min(losses); trained.BestLoss != lowest {
				t.Errorf("%s, accumulation of %d: the kept state has loss %v, expected the lowest, %v", name, accumulate, trained.BestLoss, lowest)
			}
		}
	}
}
