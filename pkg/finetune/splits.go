package finetune

import (
	"cmp"
	"context"
	"errors"
	"io/fs"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Splits is the content of splits.json in a run folder: the examples of each split.
type Splits struct {
	Seed       int64    `json:"seed"`               // of the draw
	Notes      []string `json:"notes,omitempty"`    // how the data were divided: Examples.Notes
	Defaults   []string `json:"defaults,omitempty"` // the sizes that are defaults, which shrink to what there is: "train", "validation", "test"
	Test       Split    `json:"test"`
	Validation Split    `json:"validation"`
	Train      Split    `json:"train"`
}

// Split describes the examples of a split.
type Split struct {
	Examples int    `json:"examples"`
	Digest   string `json:"digest"` // SHA-256 of their texts, answers and ids, in their order
	// IDs are the ids of the examples in their order: the field id of the source, or else half
	// and line. None for more than 100,000 examples.
	IDs []string `json:"ids,omitempty"`
}

// maxSplitIDs is the number of examples of which splits.json has the ids.
const maxSplitIDs = 100_000

func newSplit(examples []data.Example) Split {
	s := Split{Examples: len(examples), Digest: inputs.ExamplesDigest(examples)}
	if len(examples) <= maxSplitIDs {
		for _, e := range examples {
			s.IDs = append(s.IDs, e.ID)
		}
	}
	return s
}

// writeSplits writes splits.json, unless it exists. The caller holds a result's lock.
func (r *Run) writeSplits(examples *Examples) error {
	if r.Folder.Has(runfolder.SplitsFile) {
		return nil
	}
	d := r.Experiment.Data
	return r.Folder.Write(runfolder.SplitsFile, Splits{
		Seed: cmp.Or(d.Seed, r.Experiment.Seed), Notes: examples.Notes, Defaults: d.defaultSizes(),
		Test: newSplit(examples.Test), Validation: newSplit(examples.Validation), Train: newSplit(examples.Train),
	})
}

// checkSplits refuses examples that are not those of splits.json.
func (r *Run) checkSplits(examples *Examples) error {
	var recorded Splits
	if err := r.Folder.Read(runfolder.SplitsFile, &recorded); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	changed := &runfolder.ChangedError{Dir: r.Folder.Dir()}
	for _, s := range []struct {
		name     string
		recorded Split
		examples []data.Example
	}{{"test", recorded.Test, examples.Test}, {"train", recorded.Train, examples.Train}, {"validation", recorded.Validation, examples.Validation}} {
		if now := inputs.ExamplesDigest(s.examples); now != s.recorded.Digest {
			changed.Changes = append(changed.Changes, runfolder.Change{Path: "splits." + s.name, Folder: s.recorded.Digest, Now: now})
			changed.Inputs = append(changed.Inputs, "the examples of the split "+s.name)
		}
	}
	if len(changed.Changes) > 0 {
		return changed
	}
	return nil
}

// keepSizes takes sizes for defaults that are defaults of the run folder: an experiment that was
// read from experiment.json then has the folder's examples.
func (e *Experiment) keepSizes(root, name string) {
	folder, err := runfolder.Open(root, name)
	if err != nil {
		return // there is no folder, or runfolder.Join returns its error
	}
	var recorded Splits
	if folder.Read(runfolder.SplitsFile, &recorded) == nil {
		e.Data.setDefaultSizes(recorded.Defaults)
	}
}

// isEarlier reports whether the folder's results were computed by a version that did not read
// validation halves: then none is used. Such a folder has no splits.json.
func isEarlier(folder *runfolder.Folder) bool {
	digests := folder.Inputs()["data"]
	if digests == nil || digests[inputs.ValidationPart] != "" || folder.Has(runfolder.SplitsFile) {
		return false
	}
	return folder.Has(runfolder.BaselineFile) || folder.Has(runfolder.TrainingFile) || folder.Has(runfolder.CheckpointsDir)
}

// openData opens the experiment's data, for a folder of an earlier version without the validation
// half.
func (e Experiment) openData(earlier bool) inputs.Open {
	return func(ctx context.Context) (*data.Dataset, error) {
		set, err := e.Data.Open(ctx, e.Task)
		if err == nil && earlier {
			set.Validation = nil
		}
		return set, err
	}
}
