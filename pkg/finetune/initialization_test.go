package finetune

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// weightsOf returns the bytes of every variable of a store except the optimizer's, by path.
func weightsOf(t *testing.T, store *model.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for v := range store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		if err := value.ConstBytes(func(data []byte) { all[v.Path()] = string(data) }); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// differing returns the paths with different values, such as "bert/…/query/weight".
func differing(a, b map[string]string) []string {
	var paths []string
	for path := range a {
		if a[path] != b[path] {
			paths = append(paths, path)
		}
	}
	return paths
}

// A model of a run that is opened again, in another process as well, has the same matrices and
// base weights, which are computed once. Without the file that stores them they are computed
// again to the same bits. A new adapter does not change the output.
func TestInitializationIsKept(t *testing.T) {
	for _, init := range []string{lora.InitPiSSA, "pissa_niter_2", lora.InitOLoRA, lora.InitEVA} {
		t.Run(init, func(t *testing.T) {
			ctx := context.Background()
			e := toy(t)
			e.Adapter.Init = init
			dir := filepath.Join(t.TempDir(), "run")
			open := func() (map[string]string, *network, *Run) {
				t.Helper()
				r := openToy(t, dir, e, Options{})
				n, err := r.open(ctx, true)
				if err != nil {
					t.Fatal(err)
				}
				return weightsOf(t, n.Store), n, r
			}
			first, adapted, r := open()
			untrained, err := r.open(ctx, false)
			if err != nil {
				t.Fatal(err)
			}
			moved := slices.DeleteFunc(differing(weightsOf(t, untrained.Store), first), func(path string) bool { return !strings.HasSuffix(path, "/weight") })
			if want := map[bool]int{true: 0, false: 4}[init == lora.InitEVA]; len(moved) != want {
				t.Errorf("the weights %v differ from the model's, expected %d of them", moved, want)
			}
			examples, err := r.Examples(ctx)
			if err != nil {
				t.Fatal(err)
			}
			before, errBefore := r.predict(ctx, untrained, examples.Test, nil, "")
			after, errAfter := r.predict(ctx, adapted, examples.Test, nil, "")
			if err := errors.Join(errBefore, errAfter, r.Close()); err != nil {
				t.Fatal(err)
			}
			sameLogits(t, before.Logits, after.Logits)

			path := filepath.Join(dir, runfolder.CheckpointsDir, runfolder.AdapterInitializationFile)
			written, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			second, _, r := open()
			if again, err := os.Stat(path); err != nil || !again.ModTime().Equal(written.ModTime()) {
				t.Errorf("the initialization was computed again: %v", err)
			}
			if err := errors.Join(r.Close(), os.Remove(path)); err != nil {
				t.Fatal(err)
			}
			third, _, r := open()
			for what, other := range map[string]map[string]string{"from the file": second, "computed again": third} {
				if paths := differing(first, other); len(paths) > 0 || len(first) != len(other) {
					t.Errorf("%s: %v differ", what, paths)
				}
			}
			if err := errors.Join(r.Close(), os.WriteFile(path, []byte("{}"), 0o644)); err != nil {
				t.Fatal(err)
			}
			var damaged *runfolder.DamagedError
			if _, err := openToy(t, dir, e, Options{}).Train(ctx); !errors.As(err, &damaged) || damaged.File != path {
				t.Errorf("a damaged initialization: %v", err)
			}
		})
	}
}

func sameLogits(t *testing.T, a, b []float32) {
	t.Helper()
	largest, worst := 0.0, 0.0
	for i := range a {
		largest = max(largest, math.Abs(float64(a[i])))
		worst = max(worst, math.Abs(float64(a[i]-b[i])))
	}
	if len(a) != len(b) || largest == 0 || worst > 1e-5*largest {
		t.Errorf("%d and %d logits, which differ by %g of at most %g", len(a), len(b), worst, largest)
	}
}

// With every initialization, the report's predictions are those of the saved adapter on the base
// model.
func TestInitializationsAreReported(t *testing.T) {
	for _, init := range []string{lora.InitPiSSA, lora.InitEVA} {
		ctx := context.Background()
		e := toy(t)
		e.Adapter.Init, e.Adapter.RSLoRA = init, true
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
		report, err := r.Report(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if report.Before.Loss <= report.After.Loss {
			t.Errorf("%s: loss %v before, %v after", init, report.Before.Loss, report.After.Loss)
		}
		n, err := r.open(ctx, false)
		if err != nil {
			t.Fatal(err)
		}
		adapter, err := lora.Open(r.Folder.Path(runfolder.AdapterDir), n.Store, n.DenseModules())
		if err != nil {
			t.Fatal(err)
		}
		n.encoder.Dense = adapter.Wrap(bert.Linear)
		examples, err := r.Examples(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.predict(ctx, n, examples.Test, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		want, err := r.Folder.ReadPredictions(runfolder.ReportPredictionsFile)
		if err != nil {
			t.Fatal(err)
		}
		sameLogits(t, want.Logits, got.Logits)
	}
}

// If the context ends before EVA's initialization is complete, none is saved.
func TestEVAStops(t *testing.T) {
	e := toy(t)
	e.Adapter.Init = lora.InitEVA
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := r.Examples(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	if _, err := r.Train(ctx); !errors.Is(err, ErrStopped) {
		t.Errorf("got %v", err)
	}
	if r.Folder.Has(filepath.Join(runfolder.CheckpointsDir, runfolder.AdapterInitializationFile)) {
		t.Error("the folder has an initialization")
	}
}
