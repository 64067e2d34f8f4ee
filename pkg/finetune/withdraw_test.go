package finetune

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/pretrain"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// An experiment that fails before its first result does not block a corrected one of the same
// name.
func TestFailedRunLeavesTheFolderFree(t *testing.T) {
	engine, right := testenv.GoBackend(t), toy(t)
	for name, spoil := range map[string]func(*Experiment){
		"a misspelt model":    func(e *Experiment) { e.Model += "-cased" },
		"misspelt data":       func(e *Experiment) { e.Data.Source += "x" },
		"too many reviews":    func(e *Experiment) { e.Data.Train = 10_000 },
		"too many to test on": func(e *Experiment) { e.Data.Test = 10_000 },
		"longer than allowed": func(e *Experiment) { e.Data.MaxLength = 1000 },
		"no such module":      func(e *Experiment) { e.Adapter.TargetModules = []string{"nonesuch"} },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			wrong := right
			spoil(&wrong)
			r, err := Open(dir, wrong, Options{Backend: engine})
			if err != nil {
				t.Fatal(err)
			}
			parts := []func() error{
				func() error { _, err := r.Train(context.Background()); return err },
				func() error { _, err := r.Baseline(context.Background()); return err },
				func() error { _, err := r.Examples(context.Background()); return err },
				func() error { _, err := r.TokenCounts(context.Background(), nil); return err },
			}
			if name == "no such module" { // the baseline needs no adapter
				parts = parts[:1]
			}
			for i, compute := range parts {
				if err := compute(); err == nil && i == 0 {
					t.Fatal("trained")
				}
			}
			// A program that ends by log.Fatal does not close the run: the system releases the
			// lock.
			if err := r.Folder.Close(); err != nil {
				t.Fatal(err)
			}
			if _, err := runfolder.Open(filepath.Dir(dir), "run"); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a run folder remains: %v", err)
			}
			if left, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(left) > 0 {
				inside, _ := os.ReadDir(dir)
				t.Errorf("the refused try left %v with %v, %v", left, inside, err)
			}
			again := openToy(t, dir, right, Options{Backend: engine})
			if _, err := again.Baseline(context.Background()); err != nil {
				t.Error(err)
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
			// The folder now has a result: another experiment is refused, and the result stays.
			r, err = Open(dir, wrong, Options{Backend: engine})
			if changed := (*runfolder.ChangedError)(nil); !errors.As(err, &changed) {
				t.Errorf("another experiment: %v, %v", r, err)
			}
		})
	}
}

// A run that failed because of a missing file continues once the file exists.
func TestSameRunAfterAFailure(t *testing.T) {
	e := toy(t)
	dir, hidden := filepath.Join(t.TempDir(), "run"), e.Model+"-away"
	if err := os.Rename(e.Model, hidden); err != nil {
		t.Fatal(err)
	}
	r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Baseline(context.Background()); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("without a model: %v", err)
	}
	if err := os.Rename(hidden, e.Model); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Baseline(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := runfolder.Open(filepath.Dir(dir), "run"); err != nil {
		t.Fatal(err)
	}
	if inputs, _ := recordedInputs(t, dir); len(inputs) != 2 {
		t.Fatalf("the inputs are %v", inputs)
	}
}

// TestFailedPretrainingLeavesTheFolderFree is TestFailedRunLeavesTheFolderFree for a
// pre-training.
func TestFailedPretrainingLeavesTheFolderFree(t *testing.T) {
	p, dir := aPretraining(t), filepath.Join(t.TempDir(), "run")
	p.Stages = []pretrain.Stage{{Steps: 1, Rows: 8, Length: 10}}
	wrong := p
	wrong.HeldOut = 60
	if _, err := pretrain.Run(context.Background(), dir, wrong, pretrain.Options{Backend: testenv.GoBackend(t)}); err == nil {
		t.Fatal("trained without texts")
	}
	if _, err := pretrain.Run(context.Background(), dir, p, pretrain.Options{Backend: testenv.GoBackend(t)}); err != nil {
		t.Error(err)
	}
}
