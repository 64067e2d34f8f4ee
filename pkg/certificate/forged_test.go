package certificate

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

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
