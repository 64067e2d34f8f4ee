package certificate

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
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
