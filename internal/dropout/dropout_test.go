package dropout

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
)

const rows, columns = 64, 4096

// masks runs dropout of p on ones, steps times, two sites a step.
func masks(t *testing.T, p float64, training bool, seed int64, steps int) [][]float32 {
	t.Helper()
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(seed); err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(e.Backend, store, func(root *model.Scope, g *graph.Graph) []*graph.Node {
		store.SetTraining(g, training)
		ones := graph.BroadcastToDims(graph.ScalarOne(g, dtypes.Float32), rows, columns)
		return []*graph.Node{Apply(root, ones, p), Apply(root, ones, p)}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	var all [][]float32
	for range steps {
		out, err := exec.Call()
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range out {
			all = append(all, tensors.MustCopyFlatData[float32](o))
		}
	}
	return all
}

// agreement is the share of positions that two masks have in common.
func agreement(a, b []float32) float64 {
	same := 0
	for i := range a {
		if (a[i] == 0) == (b[i] == 0) {
			same++
		}
	}
	return float64(same) / float64(len(a))
}

func TestRateAndScale(t *testing.T) {
	const n = rows * columns
	for _, p := range []float64{0.1, 0.5, 0.9} {
		mask := masks(t, p, true, 1, 1)[0]
		dropped := 0
		byColumn := make([]int, columns)
		neighbours := 0 // dropped together with the element before
		for i, v := range mask {
			if v == 0 {
				dropped++
				byColumn[i%columns]++
				if i > 0 && mask[i-1] == 0 {
					neighbours++
				}
			} else if math.Abs(float64(v)-1/(1-p)) > 1e-6 {
				t.Fatalf("p %v: a kept one became %v, expected %v", p, v, 1/(1-p))
			}
		}
		sigma := math.Sqrt(p * (1 - p) / n)
		if rate := float64(dropped) / n; math.Abs(rate-p) > 5*sigma {
			t.Errorf("p %v: dropped a share of %v", p, rate)
		}
		if pairs := float64(neighbours) / n; math.Abs(pairs-p*p) > 10*sigma {
			t.Errorf("p %v: neighbours fall together in a share of %v, expected %v", p, pairs, p*p)
		}
		for c, k := range byColumn {
			if d := math.Abs(float64(k) - rows*p); d > 6*math.Sqrt(rows*p*(1-p)) {
				t.Fatalf("p %v: column %d lost %d of %d", p, c, k, rows)
			}
		}
	}
}

func TestSitesStepsAndSeeds(t *testing.T) {
	const p = 0.5
	one, again, other := masks(t, p, true, 1, 3), masks(t, p, true, 1, 3), masks(t, p, true, 2, 3)
	for i := range one {
		if agreement(one[i], again[i]) != 1 {
			t.Errorf("mask %d differs under the same seed", i)
		}
		if a := agreement(one[i], other[i]); a > 0.51 {
			t.Errorf("mask %d agrees in %v under two seeds", i, a)
		}
		for j := range i {
			if a := agreement(one[i], one[j]); math.Abs(a-0.5) > 0.01 {
				t.Errorf("masks %d and %d agree in a share of %v, expected a half", j, i, a)
			}
		}
	}
}

func TestOnlyInTraining(t *testing.T) {
	for _, mask := range append(masks(t, 0.5, false, 1, 1), masks(t, 0, true, 1, 1)...) {
		for _, v := range mask {
			if v != 1 {
				t.Fatalf("a one became %v", v)
			}
		}
	}
}
