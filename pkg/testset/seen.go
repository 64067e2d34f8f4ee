package testset

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Seen counts the evaluated examples that took part in the model's training.
type Seen struct {
	Train      int `json:"train"`      // the model was trained on them
	Validation int `json:"validation"` // they selected the best state, and fitted the calibration
}

// warning says what the result does not show; "" for no such example.
func (s *Seen) warning(total int) string {
	if s == nil || s.Train+s.Validation == 0 {
		return ""
	}
	return fmt.Sprintf("of the %d examples the model was trained on %d, and %d are validation examples of its training: the result is too good for new examples", total, s.Train, s.Validation)
}

// seenInTraining counts examples that are training and validation examples of a run, if the run's data
// are this data set, known by its content. Otherwise it is not known, nil. dir may be "", or another
// folder than that of a run.
func seenInTraining(dir string, set *data.Dataset, examples []data.Example) (*Seen, error) {
	if dir == "" {
		return nil, nil
	}
	root, name := filepath.Split(filepath.Clean(dir))
	folder, err := runfolder.Open(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var record splits.Record
	if err := folder.Read(runfolder.SplitsFile, &record); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if len(record.Train.IDs) == 0 || folder.Inputs()["data"]["train"] != inputs.ExamplesDigest(set.Train) {
		return nil, nil
	}
	seen := &Seen{}
	train, validation := slices.Sorted(slices.Values(record.Train.IDs)), slices.Sorted(slices.Values(record.Validation.IDs))
	for _, e := range examples {
		if _, found := slices.BinarySearch(train, e.ID); found {
			seen.Train++
		} else if _, found := slices.BinarySearch(validation, e.ID); found {
			seen.Validation++
		}
	}
	return seen, nil
}
