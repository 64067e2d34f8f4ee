package finetune

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// verifyLearned calls verifyFiles for the files of a finished training. If the training starts
// again, since its checkpoint was deleted, training.json is from the previous training; Train
// checks a damaged checkpoint.
func verifyLearned(folder *runfolder.Folder) error {
	var at position
	if err := trainer.ReadPosition(folder, &at); err != nil || !at.Done {
		return nil
	}
	var done Trained
	err := folder.Read(runfolder.TrainingFile, &done)
	if damaged := (*runfolder.DamagedError)(nil); errors.Is(err, fs.ErrNotExist) || errors.As(err, &damaged) {
		return nil // Train writes it again, and verifies the files by the digests of the checkpoint
	}
	if err != nil {
		return err
	}
	return inputs.VerifyFiles(folder, done.Files)
}

// isWholeWithoutCheckpoint reports whether training.json describes the trained weights in the folder, so that
// the training need not be done again although its checkpoint is missing: published run folders have none.
// An initialization that depends on the model or the examples is in the folder of the checkpoints, and without
// it the trained model cannot be computed.
func (r *Run) isWholeWithoutCheckpoint() bool {
	var done Trained
	if r.checkInitialization() != nil || r.Folder.Read(runfolder.TrainingFile, &done) != nil || len(done.Files) == 0 {
		return false
	}
	for name := range done.Files {
		if !r.Folder.Has(filepath.FromSlash(name)) {
			return false
		}
	}
	return inputs.VerifyFiles(r.Folder, done.Files) == nil
}
