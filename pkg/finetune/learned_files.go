package finetune

import (
	"errors"
	"io/fs"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// verifyLearned is verifyFiles of what a training that is done has kept. Where the training
// begins again, since its checkpoint was deleted, training.json is of the one before; a
// damaged checkpoint is left to Train.
func verifyLearned(folder *runfolder.Folder) error {
	var at position
	if err := trainer.ReadPosition(folder, &at); err != nil || !at.Done {
		return nil
	}
	var done Trained
	err := folder.Read(runfolder.TrainingFile, &done)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return inputs.VerifyFiles(folder, done.Files)
}
