package show

import (
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/finetune"
)

// unfinished returns a sentence for the results of a training that is not finished: "Training
// stopped at step 40 of 230: these are not the trained weights."; "" if it is finished.
func unfinished(r *finetune.Run) (string, error) {
	state, err := r.TrainingState()
	if err != nil || state.Done {
		return "", err
	}
	text := state.String()
	return fmt.Sprintf("%s%s: these are not the trained weights.", strings.ToUpper(text[:1]), text[1:]), nil
}

// notTrained is the error for a run folder without trained weights.
func notTrained(caption string) error {
	return fmt.Errorf("show: the run folder has no trained weights yet: run the cell that trains, to its end (%s)", strings.TrimSpace(caption))
}
