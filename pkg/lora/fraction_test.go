package lora

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// TestFraction: the ranks of bert-base's projections at a fifth of their weights, and
// that the share is met as closely as whole ranks can.
func TestFraction(t *testing.T) {
	m, err := newMatcher(Config{Fraction: 0.2, Alpha: 1}.withDefaults())
	must(t, err)
	for _, c := range []struct{ in, out, want int }{{768, 768, 77}, {768, 3072, 123}, {3072, 768, 123}, {4, 4, 1}, {2, 2, 1}} {
		r, alpha, err := m.strength(target{name: "query", in: c.in, out: c.out})
		must(t, err)
		if scaling := m.config.scaling(r, alpha); r != c.want || scaling != 1/float64(c.want) {
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
	must(t, err)
	if report.Modules[0].Rank != 2 || report.Modules[2].Rank != 1 { // 6×6 and 3×6
		t.Errorf("ranks %+v", report.Modules)
	}
	disturb(t, a, store)
	want := outputs(t, store, a.Wrap(linear), input(t))
	dir := filepath.Join(t.TempDir(), "adapter")
	must(t, a.Save(dir))
	must(t, a.Load(dir))
	other := tinyStore(t)
	opened, err := Open(dir, other, tinyModules())
	must(t, err)
	near(t, "opened", outputs(t, other, opened.Wrap(linear), input(t)), want, 0)

	python(t, "outputs.py", dir, dir+".safetensors")
	near(t, "in PEFT", tensors.MustCopyFlatData[float32](read(t, dir+".safetensors")["outputs"]), want, 1e-5)
}
