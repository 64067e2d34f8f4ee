package finetune

import (
	"errors"
	"io/fs"

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
