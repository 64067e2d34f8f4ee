package classify

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// takeBase uses the model and the revision that a folder names in the file and field of
// namedBy, if the caller names none. The folder's revision applies only to the folder's model.
func (t *tuned) takeBase(model, revision, namedBy string) {
	if t.model == "" {
		t.namedBy = namedBy
	}
	settings.Default(&t.model, model)
	if sameRepo(t.model, model) {
		settings.Default(&t.revision, revision)
	}
}

// sameRepo reports whether two names are the same repository on the hub, where Google's first
// models have names with and without an owner.
func sameRepo(a, b string) bool {
	const owner = "google-bert/"
	return strings.TrimPrefix(a, owner) == strings.TrimPrefix(b, owner)
}

// takeAdaptersBase is takeBase for adapter_config.json. PEFT ignores a revision of a base
// that is a folder; here the caller must name the folder explicitly.
func (t *tuned) takeAdaptersBase(c lora.Config) error {
	given, namedBy := t.model != "", filepath.Join(t.dir, lora.ConfigFile)+" (base_model_name_or_path)"
	if info, err := os.Stat(c.BaseModel); err != nil || !info.IsDir() {
		t.takeBase(c.BaseModel, c.Revision, namedBy)
		return nil
	}
	if !given && c.Revision != "" && c.Revision != "main" {
		return fmt.Errorf("%s: names revision %q of %s, which is a folder and has no revisions: name the model explicitly, this folder if it has the weights of the revision, otherwise its name on the hub", filepath.Join(t.dir, lora.ConfigFile), c.Revision, c.BaseModel)
	}
	t.takeBase(c.BaseModel, "", namedBy)
	return nil
}

// resolve finds the model's folder. If it does not exist, the error names the file that refers
// to it.
func (t *tuned) resolve(ctx context.Context) (string, error) {
	dir, err := bert.Resolve(ctx, t.model, bert.ResolveOptions{Revision: t.revision})
	if err != nil && t.namedBy != "" {
		return "", fmt.Errorf("%s names the model %q, which cannot be opened; name the model explicitly, by its current folder or its name on the hub: %w", t.namedBy, t.model, err)
	}
	return dir, err
}

// openBase opens the folder's model with the classes in the order of the folder's classifier.
// The classifier's weight is the named tensor in the file.
func (t *tuned) openBase(ctx context.Context, file, classifier string) (*bert.Model, error) {
	if t.model == "" {
		return nil, fmt.Errorf("%s: does not name its model: name the model explicitly", t.dir)
	}
	h, err := t.recordedHead(file, classifier)
	if err != nil {
		return nil, err
	}
	if err := t.checkNumber(h); err != nil {
		return nil, err
	}
	dir, err := t.resolve(ctx)
	if err != nil {
		return nil, err
	}
	config := func() (bert.Config, error) { return bert.ReadConfig(dir) }
	if err := t.takeProblem(&h, config, dir); err != nil {
		return nil, err
	}
	if err := t.takeLabels(&h, config, dir); err != nil {
		return nil, err
	}
	// The folder's own classifier replaces the base's, which may have another shape. If nobody names the
	// classes, those of the base's classifier have transformers' names.
	m, err := openClassifying(ctx, dir, bert.Options{Labels: h.labels, FreshHead: h.rows > 0 && h.labels != nil, ProblemType: h.problem, WordsInFile: t.inFile}, t.option)
	if h.labels == nil && namesNoClass(err) {
		return nil, t.unnamed(h, dir)
	}
	if err != nil {
		return nil, err
	}
	if n := len(m.Config.Labels); h.rows > 0 && h.rows != n {
		return nil, errors.Join(t.otherNumber(h, dir, m.Config.Labels), m.Words.Close())
	}
	return m, nil
}

// setLabels sets the caller's names and order of the classes.
func (t *tuned) setLabels(m *bert.Model) error {
	if len(t.labels) == 0 {
		return nil
	}
	if err := m.SetLabels(t.labels); err != nil {
		return fmt.Errorf("%s: %w", t.dir, err)
	}
	return nil
}

// rowsOf returns the number of rows of a matrix or vector in a file. It is 0 if the tensor is missing or
// has another shape, or the file cannot be read; reading the file reports the error.
func rowsOf(path, tensor string) int {
	f, err := safetensors.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	if _, shape, ok := f.Info(tensor); ok && (len(shape) == 1 || len(shape) == 2) {
		return shape[0]
	}
	return 0
}
