package adapters

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Whatever was added, switched, combined and deleted before, an adapter computes to the
// bit what it computes where it is the only one that ever was, wherever its slot is; and
// within rounding what an Adapter computes on a model of its own.
func TestSwitchingLeaksNothing(t *testing.T) {
	beside := []string{"plain", "rslora-regexp", "patterns", "biases", "dora"}
	var like []lora.Config
	for _, name := range beside {
		c, err := lora.ReadConfig(loratest.Testdata + "/" + name)
		loratest.Must(t, err)
		like = append(like, c)
	}
	x := loratest.Input(t)
	fresh := func(slots int) *programs {
		store := loratest.Store(t)
		s, err := New(store, loratest.Modules(), slots, like...)
		loratest.Must(t, err)
		return compiled(t, s, store)
	}
	alone, mixed := map[string][]float32{}, map[string][]float32{} // by what the adapter is
	for _, name := range beside {
		p := fresh(3)
		loratest.Must(t, p.set.Open(name, loratest.Testdata+"/"+name))
		loratest.Must(t, p.set.SetAdapter(name))
		alone[name] = p.active(t, x)
		mixed[name] = p.mixed(t, x, name, name, name, name)
		a, store := opened(t, name)
		loratest.Near(t, name, alone[name], loratest.Outputs(t, store, a.Wrap(loratest.Linear), x), 1e-6)
	}
	base := fresh(3)
	alone[Base], mixed[Base] = base.active(t, x), base.mixed(t, x, Base, Base, Base, Base)
	loratest.Near(t, "base", alone[Base], loratest.Outputs(t, loratest.Store(t), loratest.Linear, x), 1e-6)

	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 1))
		p, there, active := fresh(3), []string{}, Base
		before := loratest.Snapshot(t, loratest.Store(t))
		for step := range 25 {
			switch name := beside[rng.IntN(len(beside))]; rng.IntN(4) {
			case 0:
				err := p.set.Open(name, loratest.Testdata+"/"+name)
				if ok := len(there) < 3 && !slices.Contains(there, name); ok != (err == nil) {
					t.Fatalf("seed %d, step %d: opening %s beside %v gave %v", seed, step, name, there, err)
				} else if ok {
					there = append(there, name)
				}
			case 1:
				err := p.set.Delete(name)
				if i := slices.Index(there, name); (i >= 0) != (err == nil) {
					t.Fatalf("seed %d, step %d: deleting %s of %v gave %v", seed, step, name, there, err)
				} else if i >= 0 {
					there = slices.Delete(there, i, i+1)
					if active == name {
						active = Base
					}
				}
			case 2:
				if err := p.set.SetAdapter(name); err == nil {
					active = name
				} else if slices.Contains(there, name) {
					t.Fatal(err)
				}
			case 3:
				loratest.Must(t, p.set.SetAdapter(Base))
				active = Base
			}
			if name, err := p.set.Active(); err != nil || name != active {
				t.Fatalf("seed %d, step %d: %s acts, want %s (%v)", seed, step, name, active, err)
			}
			if !slices.Equal(p.active(t, x), alone[active]) {
				t.Fatalf("seed %d, step %d: %s beside %v computes otherwise than alone", seed, step, active, there)
			}
			names := make([]string, 4)
			for i := range names {
				names[i] = append(there, Base)[rng.IntN(len(there)+1)]
			}
			got := p.mixed(t, x, names...)
			for i, name := range names {
				if !slices.Equal(got[i*loratest.Labels:(i+1)*loratest.Labels], mixed[name][i*loratest.Labels:(i+1)*loratest.Labels]) {
					t.Fatalf("seed %d, step %d: row %d of %s in %v computes otherwise than alone", seed, step, i, name, names)
				}
			}
		}
		after := loratest.Snapshot(t, p.set.store)
		for path, value := range before {
			if got, ok := after[path].([]byte); ok && !slices.Equal(got, value.([]byte)) {
				t.Errorf("the base's %s has changed", path)
			}
		}
		if p.built != 2 {
			t.Fatalf("the graphs were built %d times, want each once", p.built)
		}
	}
}

// An adapter that is combined of others, and is then the only one, is a lone one too.
func TestCombinedStandsAlone(t *testing.T) {
	s, store := several(t, "plain", 1, wide)
	loratest.Must(t, s.AddWeightedAdapter("mixed", any3, weights, Weighted{CombinationType: CombineCat}))
	loratest.Must(t, s.SetAdapter("mixed"))
	p := compiled(t, s, store)
	x := loratest.Input(t)
	want := p.active(t, x)
	for _, name := range []string{Default, "second", "third", "wide"} {
		loratest.Must(t, s.Delete(name))
	}
	if got := p.active(t, x); !slices.Equal(got, want) {
		t.Error("what was deleted was still a part of it")
	}
	dir := t.TempDir()
	loratest.Must(t, s.Save(dir))
	again := loratest.Store(t)
	a, err := lora.Open(dir+"/mixed", again, loratest.Modules())
	loratest.Must(t, err)
	loratest.Near(t, "opened", loratest.Outputs(t, again, a.Wrap(loratest.Linear), x), want, 1e-6)
}
