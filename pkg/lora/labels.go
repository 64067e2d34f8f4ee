package lora

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/classes"
	"github.com/lorabook/lorabook/internal/lfs"
	"github.com/lorabook/lorabook/pkg/lora/internal/jsonvalue"
)

// LabelsFile is the file beside an adapter's files that names the classes of its classifier,
// row by row: {"labels": ["neg", "pos"]}. For a task other than one class per text it also states
// the task, as problem_type of transformers' config.json: {"labels": ["stars"], "problem_type":
// "regression"}, or "token_classification". PEFT neither reads nor writes it.
const LabelsFile = "labels.json"

// labelsJSON is the content of a LabelsFile.
type labelsJSON struct {
	Labels      []string `json:"labels"`
	ProblemType string   `json:"problem_type,omitempty"`
}

// Values of problem_type in transformers' config.json. Only the first is not written.
const (
	singleLabel = "single_label_classification"
	multiLabel  = "multi_label_classification"
	regression  = "regression"
	// tokenClassification is no problem_type of transformers: its class is
	// BertForTokenClassification.
	tokenClassification = "token_classification"
)

// check refuses an unknown problem type, and names that its classifier cannot have.
func (c labelsJSON) check() error {
	least := 1
	switch c.ProblemType {
	case "", singleLabel:
		least = 2
	case multiLabel:
	case tokenClassification:
		least = 2
	case regression:
		if len(c.Labels) != 1 {
			return fmt.Errorf("labels %q: expected 1 name for a regression, that of the number", c.Labels)
		}
	default:
		return fmt.Errorf("problem_type is %q, expected %q, %q, %q or %q", c.ProblemType, singleLabel, multiLabel, regression, tokenClassification)
	}
	return classes.Check(c.Labels, least)
}

// ReadLabels reads the names of the classes from the [LabelsFile] in a folder; nil where the
// folder has none. A file that does not name at least two different classes, or one for several
// labels and for a regression, is an error.
func ReadLabels(dir string) ([]string, error) {
	content, err := readLabels(dir)
	return content.Labels, err
}

// ReadProblemType reads the task from the [LabelsFile] in a folder, as problem_type of
// transformers. It is "" where the folder has no file, and for one class per text.
func ReadProblemType(dir string) (string, error) {
	content, err := readLabels(dir)
	return content.ProblemType, err
}

func readLabels(dir string) (content labelsJSON, err error) {
	path := filepath.Join(dir, LabelsFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return labelsJSON{}, nil
	}
	if err != nil {
		return labelsJSON{}, fmt.Errorf("lora: %w", err)
	}
	if err := lfs.Check(path, text); err != nil {
		return labelsJSON{}, fmt.Errorf("lora: %w", err)
	}
	const expected = `expected {"labels": ["neg", "pos"]}`
	var fields map[string]json.RawMessage // whose names, unlike those of a struct, must have the right case
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		return labelsJSON{}, fmt.Errorf("lora: %s: %s: %w", path, expected, jsonvalue.Error(err))
	}
	if fields["labels"] == nil {
		return labelsJSON{}, fmt.Errorf("lora: %s: %s, found no field labels", path, expected)
	}
	errLabels, errProblem := json.Unmarshal(fields["labels"], &content.Labels), error(nil)
	if raw := fields["problem_type"]; raw != nil {
		errProblem = json.Unmarshal(raw, &content.ProblemType)
	}
	if err := errors.Join(errLabels, errProblem); err != nil {
		return labelsJSON{}, fmt.Errorf("lora: %s: %s: %w", path, expected, err)
	}
	if err := content.check(); err != nil {
		return labelsJSON{}, fmt.Errorf("lora: %s: %w", path, err)
	}
	if content.ProblemType == singleLabel {
		content.ProblemType = ""
	}
	return content, nil
}

// WriteLabels writes the names of the classes, and the problem type unless it is "" or that of
// one class per text, to the LabelsFile of a folder, whole or not at all. [Adapter.Save] does so
// for an adapter.
func WriteLabels(dir string, labels []string, problemType string) error {
	if problemType == singleLabel {
		problemType = ""
	}
	content := labelsJSON{labels, problemType}
	if err := content.check(); err != nil {
		return fmt.Errorf("lora: %w", err)
	}
	text, err := json.Marshal(content)
	if err != nil {
		return fmt.Errorf("lora: encode %s: %w", LabelsFile, err)
	}
	if err := atomicfile.Write(filepath.Join(dir, LabelsFile), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("lora: %w", err)
	}
	return nil
}

// SetLabels names the classes of the classifier that is saved with the adapter, row by
// row. [Adapter.Save] writes them to the [LabelsFile]. An empty list removes them. The names of
// several labels, or of a number, need [Adapter.SetProblemType] first.
func (a *Adapter) SetLabels(labels []string) error {
	if len(labels) > 0 {
		if err := (labelsJSON{labels, a.problem}).check(); err != nil {
			return fmt.Errorf("lora: %w", err)
		}
	}
	a.labels = slices.Clone(labels)
	return nil
}

// SetProblemType sets the task that is saved with the labels, as problem_type of transformers;
// "" means one class per text. Its default is that of the folder from which the adapter was
// opened. The labels must be set again if the task does not fit their number.
func (a *Adapter) SetProblemType(problemType string) { a.problem = problemType }

// ProblemType returns the task of the classifier, as problem_type of transformers; "" means one
// class per text, or unknown.
func (a *Adapter) ProblemType() string { return a.problem }

// Labels are the names of the classes, row by row of the classifier: those that
// [Adapter.SetLabels] got, or those in the folder from which the adapter was opened. They are
// nil where they are not known, as for adapters that PEFT saved.
func (a *Adapter) Labels() []string { return slices.Clone(a.labels) }
