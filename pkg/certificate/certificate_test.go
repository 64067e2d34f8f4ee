package certificate

import (
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
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A certified run agrees in every check, also as a copy, with predictions that are identical to the
// bit. Certifying it again gives the same bytes, and no file of it changes.
func TestCertifiedRunAgrees(t *testing.T) {
	dir := certified(t, nil)
	before := contents(t, dir)
	c, sum, err := Write(t.Context(), dir)
	if err != nil || sum == "" || c.Results.Examples != 80 || c.Results.After.Interval == nil || c.Splits.Test.Examples != 80 || c.Cost.Steps == 0 {
		t.Fatalf("%+v, %s, %v", c, sum, err)
	}
	moved := copied(t, dir)
	if _, other, err := Write(t.Context(), moved); err != nil || other != sum {
		t.Errorf("a copy has the certificate %s, expected %s: %v", other, sum, err)
	}
	for _, at := range []string{dir, moved} {
		for _, n := range []int{-1, 10} {
			r := verify(t, at, Options{Predict: n, Digest: sum})
			if r.Err() != nil || r.Count(Unchecked) != 0 || !strings.Contains(r.String(), "identical to the bit") {
				t.Errorf("%v\n%s", r.Err(), r)
			}
		}
	}
	if r := verify(t, dir, Options{}); r.Err() != nil || r.Count(Unchecked) != 1 || !strings.Contains(r.String(), "not asked for") {
		t.Errorf("%v\n%s", r.Err(), r)
	}
	after := contents(t, dir)
	for name, text := range before {
		if after[name] != text {
			t.Errorf("%s changed", name)
		}
	}
	if len(after) != len(before) {
		t.Errorf("%d files, expected %d", len(after), len(before))
	}
}

// A flipped byte, a missing file and an added file are found, each by the file's name.
func TestChangedFiles(t *testing.T) {
	dir := certified(t, nil)
	c, _, err := Read(filepath.Join(dir, runfolder.CertificateFile))
	if err != nil || len(c.Files) < 11 {
		t.Fatal(c, err)
	}
	for within := range c.Files {
		for name, change := range map[string]func(path string) error{
			"flipped": func(path string) error { toytest.FlipLast(t, path); return nil },
			"first byte": func(path string) error {
				text, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				text[0] ^= 4
				return os.WriteFile(path, text, 0o644)
			},
			"missing": os.Remove,
		} {
			at := copied(t, dir)
			if err := change(filepath.Join(at, within)); err != nil {
				t.Fatal(err)
			}
			r := verify(t, at, Options{})
			if name == "missing" && mayBeMissing(within) {
				if r.Err() != nil || r.Count(Unchecked) != 2 { // and the predictions
					t.Errorf("%s, %s: %s", within, name, r)
				}
				continue
			}
			wantDiffers(t, r, within)
		}
	}
	at := copied(t, dir)
	if err := os.WriteFile(filepath.Join(at, "adapter", "encoding.json"), []byte(`{"truncation":"tail"}`), 0o644); err != nil {
		t.Fatal(err)
	}
	wantDiffers(t, verify(t, at, Options{}), "adapter/encoding.json", "was added after")
	at = copied(t, dir)
	adapter := filepath.Join(at, "adapter", lora.TensorsFile)
	if err := errors.Join(os.Rename(adapter, filepath.Join(at, "elsewhere")), os.Symlink(filepath.Join(at, "elsewhere"), adapter)); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	wantDiffers(t, verify(t, at, Options{}), "expected a regular file")
}

// A run that is not finished, is damaged, or whose report does not follow from its predictions is not
// certified.
func TestWhatIsNotCertified(t *testing.T) {
	dir := finished(t, nil)
	cut := func(within string) func(at string) error {
		return func(at string) error {
			path := filepath.Join(at, within)
			info, err := os.Stat(path)
			if err != nil {
				return err
			}
			return os.Truncate(path, info.Size()/2)
		}
	}
	without := func(name string) func(at string) error {
		return func(at string) error { return os.WriteFile(filepath.Join(at, name), []byte("{}"), 0o644) }
	}
	for name, c := range map[string]struct {
		change func(at string) error
		says   string
	}{
		"report without numbers":   {without(runfolder.ReportFile), "report.json: it has no numbers before the training"},
		"baseline without metrics": {without(runfolder.BaselineFile), "baseline.json: damaged: it has no metrics"},
		"splits without digests":   {without(runfolder.SplitsFile), "splits.train is"},
		"cut history":              {cut(runfolder.HistoryFile), "expected the last step of the training"},
		"history without a line": {func(at string) error {
			path := filepath.Join(at, runfolder.HistoryFile)
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			first, rest, _ := strings.Cut(string(text), "\n")
			if first == "" || rest == "" {
				t.Fatalf("expected several lines, found %q", text)
			}
			return os.WriteFile(path, []byte(rest), 0o644)
		}, "that the training wrote"},
		"cut baseline": {cut(runfolder.BaselineFile), runfolder.BaselineFile},
		"empty bag of words": {func(at string) error {
			return os.WriteFile(filepath.Join(at, runfolder.WordsPredictionsFile), make([]byte, 100), 0o644)
		}, runfolder.WordsPredictionsFile},
		"cut checkpoint": {cut(filepath.Join(runfolder.CheckpointsDir, trainer.CheckpointFile)), trainer.CheckpointFile},
		"damaged checkpoint": {func(at string) error {
			toytest.FlipLast(t, filepath.Join(at, runfolder.CheckpointsDir, trainer.CheckpointFile))
			return nil
		}, "checksum"},
		"no report":      {func(at string) error { return os.Remove(filepath.Join(at, runfolder.ReportFile)) }, "no report.json, expected a finished run"},
		"no predictions": {func(at string) error { return os.Remove(filepath.Join(at, runfolder.ReportPredictionsFile)) }, "no report_predictions.jsonl"},
		"damaged predictions": {func(at string) error {
			toytest.FlipLast(t, filepath.Join(at, runfolder.ReportPredictionsFile))
			return nil
		}, "damaged"},
		"damaged history": {func(at string) error {
			toytest.ReplaceIn(t, filepath.Join(at, runfolder.HistoryFile), `"loss":`, `"lose":`)
			return nil
		}, "history.jsonl"},
		"another adapter": {func(at string) error { toytest.FlipLast(t, filepath.Join(at, "adapter", lora.TensorsFile)); return nil }, "recorded by the training"},
		"another report": {func(at string) error {
			edit(t, filepath.Join(at, runfolder.ReportFile), func(v map[string]any) { v["after"].(map[string]any)["macro_f1"] = 1.0 })
			return nil
		}, "do not follow from the predictions: metrics.macro_f1 is 1"},
	} {
		at := copied(t, dir)
		if err := c.change(at); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Write(t.Context(), at); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: the error does not say %q: %v", name, c.says, err)
		}
		if _, err := os.Stat(filepath.Join(at, runfolder.CertificateFile)); err == nil {
			t.Errorf("%s: a certificate was written", name)
		}
	}
	if _, _, err := Write(t.Context(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

// Runs of each task and method are certified, and their predictions are computed again to the bit.
func TestTasksAndMethods(t *testing.T) {
	for name, change := range map[string]func(*finetune.Experiment){
		"several": func(e *finetune.Experiment) {
			e.Task, e.Data.Source = data.MultiLabel, taskData(t, data.MultiLabel)
		},
		"number": func(e *finetune.Experiment) {
			e.Task, e.Data.Source = data.Regression, taskData(t, data.Regression)
		},
		"tags": func(e *finetune.Experiment) {
			e.Task, e.Data.Source = data.TokenClassification, taskData(t, data.TokenClassification)
		},
		"head": func(e *finetune.Experiment) { e.Method, e.Adapter = finetune.HeadOnly, lora.Config{} },
		"full": func(e *finetune.Experiment) {
			e.Method, e.Adapter, e.Training.LearningRate = finetune.Full, lora.Config{}, 2e-3
		},
		"PiSSA":   func(e *finetune.Experiment) { e.Adapter.Init = lora.InitPiSSA },
		"windows": func(e *finetune.Experiment) { e.Data.Truncation, e.Data.MaxLength = "windows", 8 },
	} {
		t.Run(name, func(t *testing.T) {
			dir := certified(t, change)
			for _, n := range []int{7, -1} {
				r := verify(t, dir, Options{Predict: n})
				if r.Err() != nil || r.Count(Unchecked) != 0 || !strings.Contains(r.String(), "identical to the bit") {
					t.Errorf("%s", r)
				}
			}
		})
	}
}

func taskData(t *testing.T, task data.Task) string {
	t.Helper()
	dir := t.TempDir()
	var err error
	if task == data.TokenClassification {
		err = toytest.TagData(dir, 5, 200, 80, true)
	} else {
		err = toytest.TaskData(dir, task)
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// A verification that is stopped is an error, not a report.
func TestStopped(t *testing.T) {
	dir := certified(t, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := Verify(ctx, dir, Options{Predict: -1, Backend: testenv.GoBackend(t)}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", r, err)
	}
}
