package finetune

import (
	"fmt"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// TrainingState is the progress of a run's training.
type TrainingState struct {
	Done   bool   // the training is finished, and the run folder holds its result
	Step   int    // optimizer steps done
	Steps  int    // planned optimizer steps; 0 before the first checkpoint, and for checkpoints of earlier versions
	Holder string // the process that trains now, "process 1234 on host"; "" if none does, or if this process does
}

// TrainingState returns the progress of the training, which another process may be computing.
// Until it is Done, adapter/ holds the best adapter so far, which is not the trained one.
func (r *Run) TrainingState() (TrainingState, error) {
	var at position
	if err := trainer.ReadPosition(r.Folder, &at); err != nil {
		return TrainingState{}, err
	}
	s := TrainingState{Step: at.Step, Steps: at.Steps, Holder: r.Folder.Holder(runfolder.TrainingFile)}
	// Without a checkpoint, the result of a finished training remains until the next one.
	s.Done = s.Holder == "" && (at.Done || at.Step == 0) && r.Folder.Has(runfolder.TrainingFile)
	lines, err := r.Folder.ReadHistory()
	if n := len(lines); n > 0 {
		s.Step = max(s.Step, lines[n-1].Step)
	}
	return s, err
}

// String describes the state: "training stopped at step 40 of 230".
func (s TrainingState) String() string {
	step := fmt.Sprintf("step %d", s.Step)
	if s.Steps > 0 {
		step += fmt.Sprintf(" of %d", s.Steps)
	}
	switch {
	case s.Done:
		return "training finished at " + step
	case s.Holder != "":
		return fmt.Sprintf("training in progress at %s, by %s", step, s.Holder)
	case s.Step > 0:
		return "training stopped at " + step
	}
	return "not trained"
}
