package certificate

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// finished trains a toy and returns its run folder.
func finished(t *testing.T, change func(*finetune.Experiment)) string {
	t.Helper()
	e := finetune.Experiment{
		Model: toytest.Model(t), Seed: 3,
		Data:     splits.Config{Source: toytest.Data(t), Train: 96, Validation: 40, Test: 80, MaxLength: 20},
		Adapter:  lora.Config{R: 4, Alpha: 8},
		Training: finetune.Training{Epochs: 1, LearningRate: 0.02},
	}
	if change != nil {
		change(&e)
	}
	dir := filepath.Join(t.TempDir(), "run")
	r, err := finetune.Open(dir, e, finetune.Options{Backend: testenv.GoBackend(t)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Report(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// certified returns a finished and certified run folder.
func certified(t *testing.T, change func(*finetune.Experiment)) string {
	t.Helper()
	dir := finished(t, change)
	if _, _, err := Write(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func copied(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// verify verifies with all that can be checked.
func verify(t *testing.T, dir string, o Options) *Report {
	t.Helper()
	if o.Backend == nil {
		o.Backend = testenv.GoBackend(t)
	}
	report, err := Verify(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// wantDiffers wants an error of the report, and a difference whose name, expected and found value or
// meaning contains each text.
func wantDiffers(t *testing.T, r *Report, texts ...string) {
	t.Helper()
	if r.Err() == nil {
		t.Errorf("no error\n%s", r)
	}
	for _, text := range texts {
		found := false
		for _, c := range r.Checks {
			found = found || c.Status == Differs && strings.Contains(strings.Join([]string{c.Name, c.Expected, c.Found, c.Note}, "\n"), text)
		}
		if !found {
			t.Errorf("no difference says %q:\n%s", text, r)
		}
	}
}

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

// contents returns the files of a folder except the stamps.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	if err := fs.WalkDir(os.DirFS(dir), ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := fs.ReadFile(os.DirFS(dir), path)
		out[path] = string(text)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return out
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

// Results that someone changed together with their checksums and the file's digest in the certificate
// are found by what follows from what.
func TestForgedResults(t *testing.T) {
	dir := certified(t, nil)
	forge := func(t *testing.T, change func(at string, c *Certificate)) string {
		at := copied(t, dir)
		path := filepath.Join(at, runfolder.CertificateFile)
		c, _, err := Read(path)
		if err != nil {
			t.Fatal(err)
		}
		change(at, c)
		for within := range c.Files {
			if c.Files[within], err = fileDigest(at, within); err != nil {
				t.Fatal(err)
			}
		}
		if err := runfolder.WriteJSON(path, c); err != nil {
			t.Fatal(err)
		}
		return at
	}
	t.Run("metrics", func(t *testing.T) {
		at := forge(t, func(_ string, c *Certificate) { c.Results.After.Value = 0.99 })
		wantDiffers(t, verify(t, at, Options{}), "metrics, computed again from the predictions", "after.value is 0.99")
	})
	t.Run("cost", func(t *testing.T) {
		at := forge(t, func(_ string, c *Certificate) { c.Cost.Seconds /= 2 })
		wantDiffers(t, verify(t, at, Options{}), "cost of the training")
	})
	t.Run("environment", func(t *testing.T) {
		at := forge(t, func(_ string, c *Certificate) { c.Environment.CPU = "another one" })
		wantDiffers(t, verify(t, at, Options{}), "environment", "another one")
	})
	t.Run("experiment", func(t *testing.T) {
		at := forge(t, func(_ string, c *Certificate) {
			c.Experiment = bytes.Replace(c.Experiment, []byte(`"seed": 3`), []byte(`"seed": 4`), 1)
		})
		wantDiffers(t, verify(t, at, Options{}), "experiment.seed")
	})
	t.Run("report", func(t *testing.T) {
		at := forge(t, func(at string, _ *Certificate) {
			edit(t, filepath.Join(at, runfolder.ReportFile), func(v map[string]any) { v["after"].(map[string]any)["accuracy"] = 0.99 })
		})
		wantDiffers(t, verify(t, at, Options{}), "report.json, computed again", "accuracy is 0.99")
	})
	t.Run("predictions", func(t *testing.T) { // all right, with new metrics, report and certificate
		at := forge(t, func(at string, c *Certificate) {
			name := runfolder.ReportPredictionsFile
			folder, err := runfolder.Create(t.TempDir(), "x", "y", runfolder.Environment{})
			if err != nil {
				t.Fatal(err)
			}
			defer folder.Close()
			source, err := runfolder.Open(filepath.Split(at))
			if err != nil {
				t.Fatal(err)
			}
			p, err := source.ReadPredictions(name)
			if err != nil {
				t.Fatal(err)
			}
			for i, label := range p.Labels {
				p.Logits[2*i], p.Logits[2*i+1] = 1, 1
				p.Logits[2*i+label] = 3
			}
			if err := folder.WritePredictions(name, p); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(folder.Path(name), filepath.Join(at, name)); err != nil {
				t.Fatal(err)
			}
			r, err := finetune.OpenFinished(at, finetune.Places{}, finetune.Options{Backend: testenv.GoBackend(t)})
			if err != nil {
				t.Fatal(err)
			}
			m, err := measure(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			c.Results = m.Results
			edit(t, filepath.Join(at, runfolder.ReportFile), func(v map[string]any) {
				v["after"], _ = toAny(m.after.Metrics)
			})
		})
		if r := verify(t, at, Options{}); r.Err() != nil { // nothing but the weights contradicts them
			t.Errorf("%s", r)
		}
		wantDiffers(t, verify(t, at, Options{Predict: 5}), "predictions, computed again from the trained weights")
	})
	t.Run("labels", func(t *testing.T) { // answers of the test examples that the data do not have
		relabel := func(names ...string) func(string, *Certificate) {
			return func(at string, _ *Certificate) {
				for _, name := range names {
					path := filepath.Join(at, name)
					text, err := os.ReadFile(path)
					if err != nil {
						t.Fatal(err)
					}
					head, lines, _ := strings.Cut(string(text), "\n")
					head = head[:strings.Index(head, `,"crc32c"`)] + "}"
					lines = strings.Replace(lines, `"label":0`, `"label":1`, 1)
					if err := os.WriteFile(path, []byte(head+"\n"+lines), 0o644); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		at := forge(t, relabel(runfolder.ReportPredictionsFile))
		wantDiffers(t, verify(t, at, Options{}), "metrics, computed again", "has label 0 before and 1 after")
		at = forge(t, relabel(runfolder.ReportPredictionsFile, runfolder.BaselinePredictionsFile))
		wantDiffers(t, verify(t, at, Options{}), "answers of the test examples", "has the answer 1, expected 0")
	})
}

// edit changes a JSON file, without a checksum.
func edit(t *testing.T, path string, change func(map[string]any)) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	delete(v, "crc32c")
	change(v)
	if text, err = json.Marshal(v); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Changed data and another model are found, at their place and at another one; missing ones are not
// checked, with the option that names them.
func TestInputs(t *testing.T) {
	source, model := toytest.Data(t), toytest.Model(t)
	dir := certified(t, func(e *finetune.Experiment) { e.Data.Source, e.Model = source, model })
	elsewhere := filepath.Join(t.TempDir(), "other", filepath.Base(source))
	moved := filepath.Join(t.TempDir(), "model")
	if err := errors.Join(os.MkdirAll(filepath.Dir(elsewhere), 0o755), copyTo(elsewhere, source), os.CopyFS(moved, os.DirFS(model))); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.RemoveAll(source), os.Rename(model, model+"-gone")); err != nil {
		t.Fatal(err)
	}
	r := verify(t, dir, Options{Predict: 5})
	text := r.String()
	for _, want := range []string{"is not on this machine; --data names", "is not on this machine; --model names", "the data and the model must be on this machine"} {
		if !strings.Contains(text, want) {
			t.Errorf("the report does not say %q:\n%s", want, text)
		}
	}
	if r.Err() != nil {
		t.Error(r.Err())
	}
	o := Options{Predict: 5, Data: elsewhere, Model: moved}
	if r := verify(t, dir, o); r.Err() != nil || r.Count(Unchecked) != 0 {
		t.Errorf("%s", r)
	}
	toytest.FlipLast(t, filepath.Join(moved, "model.safetensors"))
	r = verify(t, dir, o)
	wantDiffers(t, r, "the weights (model.safetensors)")
	if !strings.Contains(r.String(), "the data and the model must be on this machine and agree") {
		t.Errorf("%s", r)
	}
	changeText(t, elsewhere)
	r = verify(t, dir, o)
	wantDiffers(t, r, "the texts, labels or ids of the")
}

func copyTo(path, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.CopyFS(path, os.DirFS(from))
	}
	text, err := os.ReadFile(from)
	return errors.Join(err, os.WriteFile(path, text, 0o644))
}

// changeText changes a word of the data.
func changeText(t *testing.T, source string) {
	t.Helper()
	found := false
	err := filepath.WalkDir(source, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || found {
			return err
		}
		text, err := os.ReadFile(path)
		if i := bytes.IndexByte(text, ' '); i >= 0 {
			found = true
			return errors.Join(err, os.WriteFile(path, append(text[:i:i], append([]byte(" x"), text[i:]...)...), 0o644))
		}
		return err
	})
	if err != nil || !found {
		t.Fatal(err, found)
	}
}

// Damaged and hostile certificates are errors that name the file, and never reach outside of the
// folder.
func TestHostileCertificates(t *testing.T) {
	dir := certified(t, nil)
	path := filepath.Join(dir, runfolder.CertificateFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	replaced := func(from, to string) []byte { // without the checksum
		text := string(whole)
		if i := strings.Index(text, ",\n  \"crc32c\""); i >= 0 {
			text = text[:i] + "\n}\n"
		}
		if !strings.Contains(text, from) {
			t.Fatalf("no %q in the certificate", from)
		}
		return []byte(strings.Replace(text, from, to, 1))
	}
	for name, c := range map[string]struct {
		text []byte
		says string
	}{
		"empty":         {nil, "empty"},
		"half":          {whole[:len(whole)/2], "incomplete"},
		"null":          {[]byte("null"), "null"},
		"a list":        {[]byte("[]"), "expected"},
		"another value": {bytes.Replace(whole, []byte(`"examples": 80`), []byte(`"examples": 81`), 1), "checksum"},
		"later":         {replaced(`"format": 1`, `"format": 2, "signature": "x"`), "later version"},
		"no format":     {replaced(`"format": 1,`, ``), "format is 0"},
		"unknown field": {replaced(`"format": 1,`, `"format": 1, "note": "x",`), "unknown field"},
		"outside":       {replaced(`"experiment.json": "sha256`, `"adapter/../../../secret.json": "sha256`), "within the run folder"},
		"absolute":      {replaced(`"experiment.json": "sha256`, `"/etc/passwd": "sha256`), "within the run folder"},
		"short digest":  {replaced(`"experiment.json": "sha256:`, `"experiment.json": "sha256:0`), "64 hexadecimal digits"},
		"no digest":     {replaced(`"report_predictions.jsonl": `, `"validation_predictions.jsonl": `), "no report_predictions.jsonl"},
		"no inputs":     {replaced(`"model": {`, `"other": {`), "inputs.model is missing"},
	} {
		at := copied(t, dir)
		if err := os.WriteFile(filepath.Join(at, runfolder.CertificateFile), c.text, 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := Verify(t.Context(), at, Options{Backend: testenv.GoBackend(t)})
		if err == nil || !strings.Contains(err.Error(), c.says) || !strings.Contains(err.Error(), runfolder.CertificateFile) {
			t.Errorf("%s: the error does not say %q: %v", name, c.says, err)
		}
	}
	at := copied(t, dir)
	edit(t, filepath.Join(at, runfolder.CertificateFile), func(v map[string]any) { v["experiment"] = 1 })
	if _, err := Verify(t.Context(), at, Options{}); err == nil || !strings.Contains(err.Error(), "experiment is missing") {
		t.Error(err)
	}
	if _, err := Verify(t.Context(), t.TempDir(), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a certificate: %v", err)
	}
	wantDiffers(t, verify(t, dir, Options{Digest: "sha256:" + strings.Repeat("0", 64)}), "digest of the certificate")
	for _, o := range []Options{{Predict: -2}, {Bound: -1}, {Digest: "abc"}} {
		if _, err := Verify(t.Context(), dir, o); err == nil || !strings.Contains(err.Error(), "verify: ") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// A run that is not finished, is damaged, or whose report does not follow from its predictions is not
// certified.
func TestWhatIsNotCertified(t *testing.T) {
	dir := finished(t, nil)
	for name, c := range map[string]struct {
		change func(at string) error
		says   string
	}{
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
