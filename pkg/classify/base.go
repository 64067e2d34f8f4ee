package classify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/internal/classes"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
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
	labels, err := lora.ReadLabels(t.dir)
	if err != nil {
		return nil, err
	}
	if _, same, err := classes.Order(labels, t.recorded); labels != nil && len(t.recorded) > 0 && (err != nil || !same) {
		return nil, fmt.Errorf("%s names the classes %q, the run's %s %q: one of the files belongs to another run", filepath.Join(t.dir, lora.LabelsFile), labels, runfolder.TrainingFile, t.recorded)
	}
	if labels == nil {
		labels = t.recorded
	}
	rows := rowsOf(filepath.Join(t.dir, file), classifier)
	if n := len(labels); n > 0 && rows > 0 && n != rows {
		return nil, fmt.Errorf("%s: the classifier in %s has %d classes, but %d names, %q: the files belong to different trainings", t.dir, file, rows, n, labels)
	}
	if n := len(t.labels); n > 0 && n != max(rows, len(labels)) && max(rows, len(labels)) > 0 {
		return nil, fmt.Errorf("%s: the classifier has %d classes, but there are %d labels, %q: expected one for each class", t.dir, max(rows, len(labels)), n, t.labels)
	}
	dir, err := t.resolve(ctx)
	if err != nil {
		return nil, err
	}
	problem, known, err := t.problemOf()
	if err != nil {
		return nil, err
	}
	if labels == nil {
		config, err := bert.ReadConfig(dir)
		if err != nil {
			return nil, err
		}
		if !known || t.recorded == nil {
			if problem, err = basesProblem(config, dir, problem, rows); err != nil {
				return nil, err
			}
		}
		if labels, err = t.baseLabels(config, dir, rows, problem); err != nil {
			return nil, err
		}
	}
	// The folder's own classifier replaces the base's, which may have another shape.
	return openClassifying(ctx, dir, bert.Options{Labels: labels, FreshHead: rows > 0, ProblemType: problem}, t.option)
}

// baseLabels returns the classes of a folder that does not record them: the base's, since PEFT
// trains a classifier in their order, otherwise the caller's.
func (t *tuned) baseLabels(config bert.Config, dir string, rows int, problem string) ([]string, error) {
	switch n := len(config.Labels); {
	case n > 0 && (rows == 0 || rows == n):
		return config.Labels, nil
	case len(t.labels) > 0:
		return t.labels, nil
	case problem == bert.Regression: // PEFT names no number: transformers' name for one row
		return []string{"LABEL_0"}, nil
	case n > 0:
		return nil, fmt.Errorf("%s: the classifier has %d classes, but the base %s names %d, %q: name the adapter's classes in Labels", t.dir, rows, dir, n, config.Labels)
	}
	return nil, nil
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

// rowsOf returns the number of rows of a tensor in a file. It is 0 if the tensor is missing or
// the file cannot be read; reading the file reports the error.
func rowsOf(path, tensor string) int {
	f, err := safetensors.Open(path)
	if err != nil {
		return 0
	}
	defer f.Close()
	if _, shape, ok := f.Info(tensor); ok && len(shape) > 0 {
		return shape[0]
	}
	return 0
}
