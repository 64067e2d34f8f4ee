package finetune

import (
	"cmp"
	"context"
	"errors"
	"io/fs"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// keepDrop sets DropDuplicates to DropNone in an experiment with the default if its run folder
// was created without the field: the experiment then has the folder's examples.
func (e *Experiment) keepDrop(root, name string) {
	if e.Data.DropDuplicates != "" {
		return
	}
	folder, err := runfolder.Open(root, name)
	if err != nil {
		return // there is no folder, or runfolder.Create returns its error
	}
	var held Experiment
	if folder.Experiment(&held) == nil && held.Data.DropDuplicates.IsZero() {
		e.Data.DropDuplicates = splits.DropNone
	}
}

// writeSplits writes splits.json, unless it exists. The caller holds a result's lock.
func (r *Run) writeSplits(examples *splits.Examples) error {
	if r.Folder.Has(runfolder.SplitsFile) {
		return nil
	}
	return r.Folder.Write(runfolder.SplitsFile, r.Experiment.Data.Record(examples, r.Experiment.Seed))
}

// checkSplits refuses examples that are not those of splits.json.
func (r *Run) checkSplits(examples *splits.Examples) error {
	var recorded splits.Record
	if err := r.Folder.Read(runfolder.SplitsFile, &recorded); errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	changed := &runfolder.ChangedError{Dir: r.Folder.Dir()}
	for _, s := range []struct {
		name     string
		recorded splits.Split
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

// keepDraw takes the kind of draw of the run folder, and sizes for defaults that are defaults of
// it: an experiment that was read from experiment.json, or whose folder was written by an earlier
// version, then has the folder's examples.
func (e *Experiment) keepDraw(root, name string) {
	folder, err := runfolder.Open(root, name)
	if err != nil {
		return // there is no folder, or runfolder.Join returns its error
	}
	var recorded splits.Record
	switch err := folder.Read(runfolder.SplitsFile, &recorded); {
	case err == nil:
		e.Data.SetDefaultSizes(recorded.Defaults)
		e.Data.SetDraw(cmp.Or(recorded.Draw, splits.EarlierDraw(e.Task)))
	case errors.Is(err, fs.ErrNotExist) && hasResults(folder): // of a version before splits.json
		e.Data.SetDraw(splits.EarlierDraw(e.Task))
	}
}

// isEarlier reports whether the folder's results were computed by a version that did not read
// validation halves: then none is used. Such a folder has no splits.json.
func isEarlier(folder *runfolder.Folder) bool {
	digests := folder.Inputs()["data"]
	if digests == nil || digests[inputs.ValidationPart] != "" || folder.Has(runfolder.SplitsFile) {
		return false
	}
	return hasResults(folder)
}

// hasResults reports whether the folder has results that depend on the examples.
func hasResults(folder *runfolder.Folder) bool {
	return folder.Has(runfolder.BaselineFile) || folder.Has(runfolder.TrainingFile) || folder.Has(runfolder.CheckpointsDir)
}

// openData opens the experiment's data, for a folder of an earlier version without the validation
// half.
func (e Experiment) openData(earlier bool, progress func(done, total int64)) inputs.Open {
	return func(ctx context.Context) (*data.Outline, error) {
		set, err := e.Data.Outline(ctx, e.Task, progress)
		if err == nil && earlier {
			set.Validation = nil
		}
		return set, err
	}
}
