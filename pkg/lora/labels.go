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
)

// LabelsFile is the file beside an adapter's files that names the classes of its classifier,
// row by row: {"labels": ["neg", "pos"]}. PEFT neither reads nor writes it.
const LabelsFile = "labels.json"

// labelsJSON is the content of a LabelsFile.
type labelsJSON struct {
	Labels []string `json:"labels"`
}

// ReadLabels reads the names of the classes from the [LabelsFile] in a folder; nil where the
// folder has none. A file that does not name at least two different classes is an error.
func ReadLabels(dir string) ([]string, error) {
	path := filepath.Join(dir, LabelsFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("lora: %w", err)
	}
	if err := lfs.Check(path, text); err != nil {
		return nil, fmt.Errorf("lora: %w", err)
	}
	var content labelsJSON
	if err := json.Unmarshal(text, &content); err != nil {
		return nil, fmt.Errorf(`lora: %s: expected {"labels": ["neg", "pos"]}: %w`, path, jsonError(err))
	}
	if err := classes.Check(content.Labels); err != nil {
		return nil, fmt.Errorf("lora: %s: %w", path, err)
	}
	return content.Labels, nil
}

// WriteLabels writes the names of the classes to the LabelsFile of a folder, whole or not
// at all. [Adapter.Save] does so for an adapter.
func WriteLabels(dir string, labels []string) error {
	if err := classes.Check(labels); err != nil {
		return fmt.Errorf("lora: %w", err)
	}
	text, err := json.Marshal(labelsJSON{labels})
	if err != nil {
		return fmt.Errorf("lora: encode %s: %w", LabelsFile, err)
	}
	if err := atomicfile.Write(filepath.Join(dir, LabelsFile), append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("lora: %w", err)
	}
	return nil
}

// SetLabels names the classes of the classifier that is saved with the adapter, row by
// row. [Adapter.Save] writes them to the [LabelsFile]. An empty list removes them.
func (a *Adapter) SetLabels(labels []string) error {
	if len(labels) > 0 {
		if err := classes.Check(labels); err != nil {
			return fmt.Errorf("lora: %w", err)
		}
	}
	a.labels = slices.Clone(labels)
	return nil
}

// Labels are the names of the classes, row by row of the classifier: those that
// [Adapter.SetLabels] got, or those in the folder from which the adapter was opened. They are
// nil where they are not known, as for adapters that PEFT saved.
func (a *Adapter) Labels() []string { return slices.Clone(a.labels) }
