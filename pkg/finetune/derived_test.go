package finetune

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// TestDerivedFilesAreComputedAgain: each result of a finished run, deleted or damaged, is computed
// again and is the same as before.
func TestDerivedFilesAreComputedAgain(t *testing.T) {
	ctx := context.Background()
	e := toy(t)
	e.Training.Epochs = 1
	made := filepath.Join(t.TempDir(), "run")
	r := openToy(t, made, e, Options{Backend: testenv.GoBackend(t)})
	want, err := r.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	predictions := []string{runfolder.BaselinePredictionsFile, runfolder.ReportPredictionsFile}
	for _, file := range append([]string{runfolder.ReportFile, runfolder.BaselineFile, runfolder.TrainingFile}, predictions...) {
		for name, damage := range map[string]func(path string) error{
			"deleted":   os.Remove,
			"truncated": func(path string) error { return os.Truncate(path, 100) },
			"empty":     func(path string) error { return os.Truncate(path, 0) },
			// The report alone reads these predictions.
			"words": func(path string) error {
				words := filepath.Join(filepath.Dir(path), runfolder.WordsPredictionsFile)
				return errors.Join(os.WriteFile(words, []byte("x"), 0o644), os.Remove(path))
			},
		} {
			t.Run(file+"/"+name, func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "run")
				if err := errors.Join(os.CopyFS(dir, os.DirFS(made)), damage(filepath.Join(dir, file))); err != nil {
					t.Fatal(err)
				}
				p := &notes{}
				r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t), Progress: p})
				if _, err := r.Baseline(ctx); err != nil {
					t.Fatal(err)
				}
				if _, err := r.Train(ctx); err != nil {
					t.Fatal(err)
				}
				got, err := r.Report(ctx)
				if err != nil {
					t.Fatal(err)
				}
				if !sameOutcome(want, got) {
					t.Errorf("%+v, expected %+v", got, want)
				}
				if (name == "truncated" || name == "empty") && !strings.Contains(strings.Join(p.lines, "\n"), file+" is damaged") {
					t.Errorf("notes %q", p.lines)
				}
				if text, err := os.ReadFile(filepath.Join(dir, file)); err != nil || len(text) <= 100 {
					t.Errorf("%d bytes, %v", len(text), err)
				}
				for _, file := range predictions {
					before, _ := os.ReadFile(filepath.Join(made, file))
					if after, err := os.ReadFile(filepath.Join(dir, file)); err != nil || !bytes.Equal(before, after) {
						t.Errorf("%s differs (%v)", file, err)
					}
				}
			})
		}
	}
}
