package testset

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

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
	var counts []string
	if s.Train > 0 {
		counts = append(counts, fmt.Sprintf("%d are training examples", s.Train))
	}
	if s.Validation > 0 {
		counts = append(counts, fmt.Sprintf("%d are validation examples", s.Validation))
	}
	return fmt.Sprintf("of the %d examples %s of the model's training: the result is too good for new examples", total, strings.Join(counts, " and "))
}

// training describes the examples of the run that trained the model; nil if they are not known, or if the
// run's data are not the data set, known by its content.
type training struct{ splits.Record }

// readTraining reads the examples of a run. dir may be "", or another folder than that of a run.
func readTraining(dir string, set *data.Dataset) (*training, error) {
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
	t := &training{}
	if err := folder.Read(runfolder.SplitsFile, &t.Record); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if len(t.Train.IDs) == 0 || folder.Inputs()["data"]["train"] != inputs.ExamplesDigest(set.Train) {
		return nil, nil
	}
	// Ids that are numbers of lines are not part of the digest: those of the run may name other examples here.
	train := inOrder(slices.Concat(set.Train, set.Validation), t.Train.IDs)
	if train == nil || inputs.ExamplesDigest(train) != t.Train.Digest {
		return nil, nil
	}
	return t, nil
}

// seen counts the training and validation examples of the run among examples.
func (t *training) seen(examples []data.Example) *Seen {
	if t == nil {
		return nil
	}
	seen := &Seen{}
	train, validation := slices.Sorted(slices.Values(t.Train.IDs)), slices.Sorted(slices.Values(t.Validation.IDs))
	for _, e := range examples {
		if _, found := slices.BinarySearch(train, e.ID); found {
			seen.Train++
		} else if _, found := slices.BinarySearch(validation, e.ID); found {
			seen.Validation++
		}
	}
	return seen
}

// test returns the test examples of the run, from its data set, in their order.
func (t *training) test(set *data.Dataset) ([]data.Example, error) {
	if t == nil || len(t.Test.IDs) == 0 {
		return nil, fmt.Errorf("testset: Part is %q, but the model's folder is no run on the data set %s whose %s names its test examples: choose another part", OfRun, set.Name, runfolder.SplitsFile)
	}
	examples := inOrder(slices.Concat(set.Train, set.Validation, set.Test), t.Test.IDs)
	if examples == nil || inputs.ExamplesDigest(examples) != t.Test.Digest {
		return nil, fmt.Errorf("testset: the test examples of the run have changed in the data set %s: restore its test half, or choose another part than %q", set.Name, OfRun)
	}
	return examples, nil
}

// inOrder returns the examples with the ids, in the order of the ids; nil if one is missing.
func inOrder(examples []data.Example, ids []string) []data.Example {
	at := make(map[string]int, len(examples))
	for i, e := range examples {
		at[e.ID] = i
	}
	out := make([]data.Example, len(ids))
	for i, id := range ids {
		k, ok := at[id]
		if !ok {
			return nil
		}
		out[i] = examples[k]
	}
	return out
}
