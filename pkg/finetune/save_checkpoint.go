package finetune

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/folder"
	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Checkpoint describes the last checkpoint of a training.
type Checkpoint struct {
	Step     int // number of updates
	Steps    int // number of updates of the whole training; 0 for checkpoints of earlier versions
	BestStep int // step of the kept state; 0 if there is none yet

	// Evaluation is the line of the history with the evaluation after this step; nil if there was none.
	Evaluation *runfolder.HistoryLine
}

// SaveCheckpoint saves the trained weights of the last checkpoint in the new folder dir: an adapter in
// PEFT's format, the head of HeadOnly, or the whole model of Full in the hub's layout, as the training
// saves its best state. So a state that Training.MetricForBestModel did not keep, or one of a training
// that has not ended, can be used and evaluated. The calibration is saved only if the state is the kept
// one, since it was fitted to that one. The run folder may be open for reading alone, and another process
// may train in it. If dir is not empty or is in the run folder, or the run folder has no checkpoint, the error
// says so.
func (r *Run) SaveCheckpoint(ctx context.Context, dir string) (*Checkpoint, error) {
	at := new(position)
	path := r.Folder.Path(runfolder.CheckpointsDir, trainer.CheckpointFile)
	if !r.Folder.Has(filepath.Join(runfolder.CheckpointsDir, trainer.CheckpointFile)) {
		return nil, fmt.Errorf("%s is missing: the training has not begun, or the run folder was copied without its checkpoints: %w", path, fs.ErrNotExist)
	}
	if inside, err := isIn(dir, r.Folder.Dir()); err != nil {
		return nil, err
	} else if inside {
		return nil, fmt.Errorf("save a checkpoint: %s is in the run folder %s, whose files are those of the training: expected a folder outside", dir, r.Folder.Dir())
	}
	var lines []runfolder.HistoryLine
	err := folder.Create(dir, func(tmp string) error {
		if err := r.checkInitialization(); err != nil {
			return err
		}
		n, err := r.open(ctx, true)
		if err != nil {
			return err
		}
		if err := trainer.LoadTrained(r.Folder, n.Store, at); err != nil {
			return err
		}
		if lines, err = r.Folder.ReadHistory(); err != nil {
			return err
		}
		if err := n.learned.SaveTo(tmp); err != nil {
			return err
		}
		if at.BestStep != at.Step {
			return nil
		}
		return at.Calibration.Fitted().Write(tmp)
	})
	if errors.Is(err, folder.ErrTaken) {
		return nil, fmt.Errorf("save a checkpoint: %w: expected a new folder", err)
	}
	if err != nil {
		return nil, err
	}
	c := &Checkpoint{Step: at.Step, Steps: at.Steps, BestStep: at.BestStep}
	for i := range lines {
		if lines[i].Kind == runfolder.EvalLine && lines[i].Step == at.Step && !at.Due {
			c.Evaluation = &lines[i]
		}
	}
	return c, nil
}

// isIn reports whether a path is a folder or a path in it.
func isIn(path, folder string) (bool, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return false, err
	}
	if folder, err = filepath.Abs(folder); err != nil {
		return false, err
	}
	rest, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rest), nil // an error: on another volume
}

// String describes the checkpoint: "step 12 of 18, validation loss 0.412 and accuracy 81.0 %; the kept
// state is that of step 6".
func (c *Checkpoint) String() string {
	text := fmt.Sprintf("step %d", c.Step)
	if c.Steps > 0 {
		text += fmt.Sprintf(" of %d", c.Steps)
	}
	if e := c.Evaluation; e != nil {
		text += fmt.Sprintf(", validation loss %s", numerals.Loss(e.Loss))
		if e.Metrics == nil {
			text += fmt.Sprintf(" and accuracy %.1f %%", 100*e.Accuracy)
		}
	}
	switch c.BestStep {
	case 0:
		return text + "; no state was kept yet"
	case c.Step:
		return text + ", the kept state"
	}
	return text + fmt.Sprintf("; the kept state is that of step %d", c.BestStep)
}
