package adapters

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/loratest"
	"github.com/lorabook/lorabook/pkg/lora"
)

// several opens the adapters of a set of testdata/several.py on the network.
func several(t testing.TB, set string, spare int, like ...lora.Config) (*Set, *model.Store) {
	t.Helper()
	store := loratest.Store(t)
	dirs, err := Dirs(filepath.Join(loratest.Testdata, "several", set))
	loratest.Must(t, err)
	for _, name := range slices.Sorted(maps.Keys(dirs)) {
		c, err := lora.ReadConfig(dirs[name])
		loratest.Must(t, err)
		like = append(like, c)
	}
	s, err := New(store, loratest.Modules(), len(dirs)+spare, like...)
	loratest.Must(t, err)
	for name, dir := range dirs {
		loratest.Must(t, s.Open(name, dir))
	}
	return s, store
}

// programs are the network with adapters, compiled once: for all rows, and row by row.
type programs struct {
	set         *Set
	whole, rows *model.Exec
	built       int
}

func compiled(t testing.TB, s *Set, store *model.Store) *programs {
	t.Helper()
	p := &programs{set: s}
	var err error
	p.whole, err = model.NewExec(loratest.Backend(), store, func(scope *model.Scope, x *graph.Node) *graph.Node {
		p.built++
		return loratest.Build(scope, x, s.Wrap(loratest.Linear))
	})
	loratest.Must(t, err)
	p.rows, err = model.NewExec(loratest.Backend(), store, func(scope *model.Scope, x, rows *graph.Node) *graph.Node {
		p.built++
		return loratest.Build(scope, x, s.WrapRows(loratest.Linear, rows))
	})
	loratest.Must(t, err)
	return p
}

func (p *programs) active(t testing.TB, x *tensors.Tensor) []float32 {
	t.Helper()
	y, err := p.whole.Call1(x)
	loratest.Must(t, err)
	return tensors.MustCopyFlatData[float32](y)
}

func (p *programs) mixed(t testing.TB, x *tensors.Tensor, names ...string) []float32 {
	t.Helper()
	rows, err := p.set.Rows(names)
	loratest.Must(t, err)
	y, err := p.rows.Call1(x, rows)
	loratest.Must(t, err)
	return tensors.MustCopyFlatData[float32](y)
}

// One compiled program computes the same tensors as PEFT with each adapter active, with none,
// and for a batch whose rows name different adapters.
func TestSeveralAgainstPEFT(t *testing.T) {
	mixtures := map[string][]string{
		"heads": {"wide", Base, "dora", Default},
		"plain": {"second", "wide", Base, Default},
	}
	for set, names := range mixtures {
		t.Run(set, func(t *testing.T) {
			want := loratest.Read(t, filepath.Join(loratest.Testdata, "several", set, "expected.safetensors"))
			values := func(name string) []float32 { return tensors.MustCopyFlatData[float32](want[name]) }
			s, store := several(t, set, 0)
			p := compiled(t, s, store)
			for _, name := range append(s.Names(), Base) {
				loratest.Must(t, s.SetAdapter(name))
				loratest.Near(t, name, p.active(t, want["x"]), values("outputs."+name), 1e-5)
				loratest.Near(t, "rows of "+name, p.mixed(t, want["x"], name, name, name, name), values("outputs."+name), 1e-5)
			}
			loratest.Near(t, "mixed", p.mixed(t, want["x"], names...), values("mixed"), 1e-5)
			if p.built != 2 {
				t.Errorf("the graphs were built %d times, want each once", p.built)
			}
		})
	}
}

// Each kind of adapter that one module can have computes beside the others what it
// computes alone, of the cases of testdata/tiny.py.
func TestSeveralOfAllKinds(t *testing.T) {
	beside := []string{"plain", "rslora-regexp", "patterns", "biases", "dora"}
	dirs := map[string]string{}
	for _, name := range beside {
		dirs[name] = filepath.Join(loratest.Testdata, name)
	}
	store := loratest.Store(t)
	s, err := Open(dirs, store, loratest.Modules(), 0)
	loratest.Must(t, err)
	p := compiled(t, s, store)
	for _, name := range beside {
		loratest.Must(t, s.SetAdapter(name))
		want := loratest.Read(t, filepath.Join(loratest.Testdata, name, "expected.safetensors"))
		loratest.Near(t, name, p.active(t, want["x"]), tensors.MustCopyFlatData[float32](want["outputs"]), 1e-5)
	}
	// Those that adapt the classifier, or change every bias, go with one another.
	dirs = map[string]string{"layers": loratest.Testdata + "/layers", "bias-all": loratest.Testdata + "/bias-all", "suffix": loratest.Testdata + "/suffix"}
	store = loratest.Store(t)
	if s, err = Open(dirs, store, loratest.Modules(), 0); err != nil {
		t.Fatal(err)
	}
	p = compiled(t, s, store)
	for name := range dirs {
		loratest.Must(t, s.SetAdapter(name))
		want := loratest.Read(t, filepath.Join(loratest.Testdata, name, "expected.safetensors"))
		loratest.Near(t, name, p.active(t, want["x"]), tensors.MustCopyFlatData[float32](want["outputs"]), 1e-5)
	}
}

// Adapters are saved as PEFT saves several, each folder as it was.
func TestSaveSeveral(t *testing.T) {
	s, _ := several(t, "plain", 0)
	dir := t.TempDir()
	loratest.Must(t, s.Save(dir))
	found, err := Dirs(dir)
	loratest.Must(t, err)
	if !slices.Equal(slices.Sorted(maps.Keys(found)), s.Names()) {
		t.Fatalf("saved %v, want %v", found, s.Names())
	}
	for name, folder := range found {
		rel, err := filepath.Rel(dir, folder)
		loratest.Must(t, err)
		got := loratest.Read(t, filepath.Join(folder, lora.TensorsFile))
		want := loratest.Read(t, filepath.Join(loratest.Testdata, "several", "plain", rel, lora.TensorsFile))
		if len(got) != len(want) {
			t.Errorf("%s: %d tensors, want %d", name, len(got), len(want))
		}
		for key := range want {
			if got[key] == nil || !got[key].Equal(want[key]) {
				t.Errorf("%s: %s differs", name, key)
			}
		}
	}
}

// What a save left behind when it was broken off is no adapter, and two of one name are
// an error.
func TestDirs(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{".one-123", "two", ""} {
		loratest.Must(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
		loratest.Must(t, os.WriteFile(filepath.Join(dir, name, lora.ConfigFile), nil, 0o644))
	}
	loratest.Must(t, os.Mkdir(filepath.Join(dir, "empty"), 0o755))
	found, err := Dirs(dir)
	loratest.Must(t, err)
	want := map[string]string{Default: dir, "two": filepath.Join(dir, "two")}
	if !maps.Equal(found, want) {
		t.Errorf("found %v, want %v", found, want)
	}
	loratest.Must(t, os.CopyFS(filepath.Join(dir, Default), os.DirFS(filepath.Join(dir, "two"))))
	if _, err := Dirs(dir); err == nil || !strings.Contains(err.Error(), `both the adapter "default"`) {
		t.Errorf("two of one name gave %v", err)
	}
}

// opened puts the adapter of a case of testdata/tiny.py, alone, on its network.
func opened(t testing.TB, name string) (*lora.Adapter, *model.Store) {
	t.Helper()
	store := loratest.Store(t)
	a, err := lora.Open(filepath.Join(loratest.Testdata, name), store, loratest.Modules())
	loratest.Must(t, err)
	return a, store
}
