package finetune

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// The last checkpoint of a training that kept an earlier state has the files, to the byte, that the same
// training saves if it keeps the last state, except for the calibration, which belongs to the kept state.
func TestSaveCheckpoint(t *testing.T) {
	testenv.NeedsTime(t, "it trains two models with each method")
	// The learning rates are so high that the first states are better than the last.
	for method, rate := range map[Method]float64{LoRA: 0.5, HeadOnly: 30, Full: 0.3} {
		t.Run(method.String(), func(t *testing.T) {
			e := toyOf(t, method)
			e.Training.Epochs, e.Training.LearningRate, e.Training.Evaluations = 8, rate, 2
			last := e
			last.Training.MetricForBestModel = objective.Last
			backend := toytest.Backend(t)
			root := t.TempDir()
			wanted := openToy(t, filepath.Join(root, "last"), last, Options{Backend: backend})
			run := openToy(t, filepath.Join(root, "best"), e, Options{Backend: backend})
			if _, err := wanted.Train(t.Context()); err != nil {
				t.Fatal(err)
			}
			done, err := run.Train(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if done.BestStep == done.Steps {
				t.Fatalf("the kept state is the last one, of step %d: the test shows nothing", done.Steps)
			}
			before := filesOf(t, run.Folder.Dir())
			reader, err := OpenFinished(run.Folder.Dir(), Places{}, Options{Backend: backend})
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(root, "new", "saved")
			c, err := reader.SaveCheckpoint(t.Context(), dir)
			if err != nil {
				t.Fatal(err)
			}
			lines, err := run.Folder.ReadHistory()
			if err != nil {
				t.Fatal(err)
			}
			if c.Step != done.Steps || c.Steps != done.Steps || c.BestStep != done.BestStep || c.Evaluation == nil || c.Evaluation.Loss != lines[len(lines)-1].Loss || c.Evaluation.Loss == done.BestLoss {
				t.Errorf("the checkpoint is %+v, expected that of %+v", c, done)
			}
			if text := c.String(); !strings.Contains(text, "; the kept state is that of step ") || !strings.Contains(text, "accuracy") {
				t.Errorf("the description is %q", text)
			}
			got, want := filesOf(t, dir), filesOf(t, wanted.learnedDir())
			delete(want, classify.CalibrationFile)
			wantSameFiles(t, "the saved checkpoint", got, want)
			wantSameFiles(t, "the run folder", filesOf(t, run.Folder.Dir()), before)
			model, adapter := e.Model, dir
			if method == Full {
				model, adapter = dir, ""
			}
			if _, err := classify.Open(t.Context(), model, adapter, classify.Options{}); err != nil {
				t.Error(err)
			}
			// The last state is the kept one of the other run: its calibration is saved too.
			if c, err = wanted.SaveCheckpoint(t.Context(), filepath.Join(root, "kept")); err != nil || !strings.HasSuffix(c.String(), ", the kept state") {
				t.Fatal(c, err)
			}
			wantSameFiles(t, "the kept state", filesOf(t, filepath.Join(root, "kept")), filesOf(t, wanted.learnedDir()))
		})
	}
}

// A training that was stopped can be used as far as it is, and continues to the same end. What cannot be
// saved is an error, and leaves no folder.
func TestSaveCheckpointOfStoppedTraining(t *testing.T) {
	backend, root := toytest.Backend(t), t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	e := toy(t)
	evaluated := 0
	r := openToy(t, filepath.Join(root, "run"), e, Options{Backend: backend, OnHistory: func(l runfolder.HistoryLine) {
		if l.Kind == runfolder.EvalLine {
			if evaluated++; evaluated == 2 {
				cancel()
			}
		}
	}})
	dir := filepath.Join(root, "saved")
	if _, err := r.SaveCheckpoint(t.Context(), dir); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "the training has not begun") {
		t.Errorf("without a checkpoint the error is %v", err)
	}
	if _, err := r.Train(ctx); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	c, err := r.SaveCheckpoint(t.Context(), dir)
	if err != nil || c.Step == 0 || c.Step >= c.Steps {
		t.Fatal(c, err)
	}
	_, err = r.SaveCheckpoint(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "expected a new folder") {
		t.Errorf("with a folder that is not empty the error is %v", err)
	}
	inside := r.Folder.Path("new", "saved")
	if _, err := r.SaveCheckpoint(t.Context(), inside); err == nil || !strings.Contains(err.Error(), "is in the run folder") {
		t.Errorf("with a folder in the run folder the error is %v", err)
	}
	done, err := r.Train(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	straight := openToy(t, filepath.Join(root, "straight"), e, Options{Backend: backend})
	if whole, err := straight.Train(t.Context()); err != nil || whole.BestLoss != done.BestLoss {
		t.Errorf("after the checkpoint was saved the training ends with %v, expected %v (%v)", done.BestLoss, whole.BestLoss, err)
	}
	path := r.Folder.Path(runfolder.CheckpointsDir, trainer.CheckpointFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.WriteFile(path+".whole", whole, 0o644), os.Truncate(path, int64(len(whole)-1))); err != nil {
		t.Fatal(err)
	}
	damaged := (*runfolder.DamagedError)(nil)
	if _, err := r.SaveCheckpoint(t.Context(), filepath.Join(root, "damaged")); !errors.As(err, &damaged) {
		t.Errorf("of a damaged checkpoint the error is %v", err)
	}
	history := r.Folder.Path(runfolder.HistoryFile)
	text, err := os.ReadFile(history)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`"loss"`), []byte(`"lose"`), 1)
	if err := os.WriteFile(history, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".whole", path); err != nil {
		t.Fatal(err)
	}
	if _, err := r.SaveCheckpoint(t.Context(), filepath.Join(root, "history")); !errors.As(err, &damaged) {
		t.Errorf("of a damaged history the error is %v", err)
	}
	names, err := os.ReadDir(root)
	if err != nil || len(names) != 3 {
		t.Errorf("the folder contains %v, expected run, saved and straight (%v)", names, err)
	}
}

// filesOf returns the contents of the files in a folder by their paths, without locks.
func filesOf(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(entry.Name(), ".lock") {
			return err
		}
		files[path], err = os.ReadFile(filepath.Join(dir, path))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// wantSameFiles compares the files of two folders.
func wantSameFiles(t *testing.T, what string, got, want map[string][]byte) {
	t.Helper()
	for name, content := range want {
		if found, ok := got[name]; !ok || !bytes.Equal(found, content) {
			t.Errorf("%s: %s differs or is missing", what, name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s has %s, which is not expected", what, name)
		}
	}
	if len(want) == 0 {
		t.Errorf("%s: there is nothing to compare with", what)
	}
}
