package pretrain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// modelFiles are the files of model/ that a reader of the folder looks for.
var modelFiles = folder.Owned{
	Files:  append([]string{modelfolder.ConfigFile, modelfolder.WeightsFile, modelfolder.WeightsIndex}, modelfolder.TokenizerFiles...),
	Marker: modelfolder.ConfigFile,
}

// saveModel writes the trained model to model/ and returns the digests of its files. It replaces the
// files of another model there, such as those of an earlier training. Other files stay. If the
// digest of the weights is known and differs, nothing is replaced.
func saveModel(m *bert.Model, run *runfolder.Folder, known string) (map[string]string, error) {
	dir := run.Path(runfolder.ModelDir)
	if err := folder.Update(dir, modelFiles, func(tmp string) error {
		whole := filepath.Join(tmp, "model") // Save makes a new folder
		if err := m.Save(whole); err != nil {
			return err
		}
		entries, err := os.ReadDir(whole)
		for _, e := range entries {
			err = errors.Join(err, os.Rename(filepath.Join(whole, e.Name()), filepath.Join(tmp, e.Name())))
		}
		if err := errors.Join(err, os.Remove(whole)); err != nil || known == "" {
			return err
		}
		found, err := digest.File(filepath.Join(tmp, modelfolder.WeightsFile))
		if err == nil && found != known {
			err = fmt.Errorf("%s is of another training: its weights have the digest %s, expected %s", run.Path(runfolder.CheckpointsDir, trainer.CheckpointFile), found, known)
		}
		return err
	}); err != nil {
		return nil, err
	}
	var paths []string
	for name := range bert.Files(dir) {
		paths = append(paths, filepath.Join(dir, filepath.FromSlash(name)))
	}
	return inputs.FileDigests(run.Dir(), paths)
}

// checkModel compares model/ of a finished pre-training with the digests in its result. A model that
// is missing or cannot be read is written again from the checkpoint. One that can be read, and is not
// the trained one, is an error: it may have been put there intentionally.
func (p Pretraining) checkModel(ctx context.Context, run *runfolder.Folder, result *Result, display progress.Progress) error {
	dir := run.Path(runfolder.ModelDir)
	changed, err := changedFile(run, result.Files)
	if err == nil && changed == "" && len(result.Files) > 0 {
		return nil
	}
	if err == nil { // without digests, or with others
		_, err = bert.Open(ctx, dir, bert.Options{Head: bert.MaskedLM})
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil && changed == "" {
		return nil
	}
	if err == nil {
		return &runfolder.DamagedError{File: changed, Err: errors.New("it is not the file that the training wrote, by its digest in " + runfolder.PretrainedFile),
			Remedy: fmt.Sprintf("restore a copy, or delete %s and run again, which writes the trained model from the checkpoint; if it was changed intentionally, use it without the run folder", dir)}
	}
	files, again := p.rebuild(ctx, run, result.Files[weightsWithin])
	if again != nil {
		return &runfolder.DamagedError{File: dir, Err: fmt.Errorf("%w; it cannot be written again from the checkpoint: %w", err, again),
			Remedy: fmt.Sprintf("restore a copy, correct what prevents the writing, or delete %s and %s and run again, which trains from the start", run.Path(runfolder.PretrainedFile), run.Path(runfolder.CheckpointsDir))}
	}
	display.Note(fmt.Sprintf("%s was missing or damaged (%v): it is written again from the checkpoint", dir, err))
	result.Files = files // another version of this package may write other small files
	return run.Write(runfolder.PretrainedFile, result)
}

// weightsWithin is the file of the trained weights in the digests of a result.
const weightsWithin = runfolder.ModelDir + "/" + modelfolder.WeightsFile

// changedFile returns the path of the first file with another digest, or "". A missing file is an
// error that matches fs.ErrNotExist.
func changedFile(run *runfolder.Folder, digests map[string]string) (string, error) {
	changed := ""
	for _, within := range slices.Sorted(maps.Keys(digests)) {
		path := run.Path(filepath.FromSlash(within))
		found, err := digest.File(path)
		if err != nil {
			return "", err
		}
		if found != digests[within] && changed == "" {
			changed = path
		}
	}
	return changed, nil
}

// rebuild writes model/ from the checkpoint of a finished training, whose weights have the known
// digest, "" if it is unknown. It returns the digests of the files.
func (p Pretraining) rebuild(ctx context.Context, run *runfolder.Folder, known string) (map[string]string, error) {
	var at pretrainPosition
	if err := trainer.ReadPosition(run, &at); err != nil {
		return nil, err
	}
	if !at.Done {
		return nil, fmt.Errorf("%s is missing, or not that of a finished training: %w", run.Path(runfolder.CheckpointsDir, trainer.CheckpointFile), fs.ErrNotExist)
	}
	m, err := p.openModel(ctx, run)
	if err != nil {
		return nil, err
	}
	if err := trainer.LoadTrained(run, m.Store, &at); err != nil {
		return nil, err
	}
	return saveModel(m, run, known)
}
