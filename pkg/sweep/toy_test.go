package sweep

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// toy is an experiment that trains in a fraction of a second.
func toy(t testing.TB) finetune.Experiment {
	t.Helper()
	return finetune.Experiment{
		Model: toytest.Model(t), Seed: 3,
		Data:     splits.Config{Source: toytest.Data(t), Train: 48, Validation: 40, Test: 40, MaxLength: 20},
		Adapter:  lora.Config{R: 4, Alpha: 8, Dropout: 0.1},
		Training: finetune.Training{Epochs: 2, LearningRate: 0.02},
	}
}

// adapterFile is the file with the trained weights, in a run folder.
const adapterFile = runfolder.AdapterDir + "/adapter_model.safetensors"

// alone trains an experiment without a sweep and returns its weights.
func alone(t *testing.T, backend compute.Backend, e finetune.Experiment) (weights []byte, trained *finetune.Trained) {
	t.Helper()
	run, err := finetune.Open(filepath.Join(t.TempDir(), "alone"), e, finetune.Options{Backend: backend})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if trained, err = run.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	if weights, err = os.ReadFile(run.Folder.Path(adapterFile)); err != nil {
		t.Fatal(err)
	}
	return weights, trained
}

// wantAlone wants every finished trial of a sweep to equal the same experiment alone, to the bit.
func wantAlone(t *testing.T, backend compute.Backend, dir string, p Plan, r *Result) (compared int) {
	t.Helper()
	p, err := p.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	trials, err := p.trials()
	if err != nil {
		t.Fatal(err)
	}
	if len(trials) != len(r.Trials) {
		t.Fatalf("the result has %d trials, the plan %d", len(r.Trials), len(trials))
	}
	for _, x := range r.Trials {
		if !x.finished() {
			continue
		}
		weights, trained := alone(t, backend, trials[x.Number].experiment)
		got, err := os.ReadFile(filepath.Join(dir, x.Dir, adapterFile))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(weights) || x.Result.Loss != trained.BestLoss || x.Result.BestStep != trained.BestStep || x.Result.Steps != trained.Steps {
			t.Errorf("trial %d (%s) differs from the same experiment alone: loss %v at step %d, expected %v at step %d", x.Number, x.Name(), x.Result.Loss, x.Result.BestStep, trained.BestLoss, trained.BestStep)
		}
		compared++
	}
	return compared
}

// ofState counts the trials of a state.
func ofState(r *Result, state queue.State) (n int) {
	for _, x := range r.Trials {
		if x.State == state {
			n++
		}
	}
	return n
}

// short are options of a sweep with few workers.
func short(t testing.TB, workers int) Options {
	t.Helper()
	return Options{Workers: workers, Backend: testenv.GoBackend(t), Lease: 5 * time.Second}
}

func runToy(t *testing.T, ctx context.Context, dir string, p Plan, o Options) *Result {
	t.Helper()
	r, err := Run(ctx, dir, p, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
