package lora

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/loratest"
)

// TestFraction: the ranks of bert-base's projections at a fifth of their weights, and
// that the share is met as closely as whole ranks can.
func TestFraction(t *testing.T) {
	config := Config{Fraction: 0.2, Alpha: 1}.withDefaults()
	m, err := config.matcher()
	loratest.Must(t, err)
	for _, c := range []struct{ in, out, want int }{{768, 768, 77}, {768, 3072, 123}, {3072, 768, 123}, {4, 4, 1}, {2, 2, 1}} {
		r, alpha, err := config.strength(m, Target{Name: "query", In: c.in, Out: c.out})
		loratest.Must(t, err)
		if scaling := config.scaling(r, alpha); r != c.want || scaling != 1/float64(c.want) {
			t.Errorf("[%d, %d]: rank %d, alpha %v, expected rank %d and 1", c.out, c.in, r, alpha, c.want)
		}
		share := float64(r*(c.in+c.out)) / float64(c.in*c.out)
		if step := float64(c.in+c.out) / float64(c.in*c.out); r > 1 && math.Abs(share-0.2) > step/2 {
			t.Errorf("[%d, %d]: rank %d holds %.3f of the weight", c.out, c.in, r, share)
		}
	}
}

// TestFractionSaved: the file says the ranks, and whoever opens it computes the same.
func TestFractionSaved(t *testing.T) {
	a, store := injected(t, Config{Fraction: 0.6, Alpha: 3, TargetModules: []string{"query", "classifier"}, ModulesToSave: []string{}, TaskType: NoTask})
	report, err := a.Report()
	loratest.Must(t, err)
	if report.Modules[0].Rank != 2 || report.Modules[2].Rank != 1 { // 6×6 and 3×6
		t.Errorf("ranks %+v", report.Modules)
	}
	disturb(t, a, store)
	want := loratest.Outputs(t, store, a.Wrap(loratest.Linear), loratest.Input(t))
	dir := filepath.Join(t.TempDir(), "adapter")
	loratest.Must(t, a.Save(dir))
	loratest.Must(t, a.Load(dir))
	other := loratest.Store(t)
	opened, err := Open(dir, other, loratest.Modules())
	loratest.Must(t, err)
	loratest.Near(t, "opened", loratest.Outputs(t, other, opened.Wrap(loratest.Linear), loratest.Input(t)), want, 0)

	loratest.Python(t, "outputs.py", dir, dir+".safetensors")
	loratest.Near(t, "in PEFT", tensors.MustCopyFlatData[float32](loratest.Read(t, dir+".safetensors")["outputs"]), want, 1e-5)
}
