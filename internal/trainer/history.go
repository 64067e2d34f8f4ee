package trainer

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// checkHistory warns of a history that lacks lines up to the position. Without a history the
// training continues to the same result, so that this is no error. The position keeps the number
// of all lines, so that each process warns.
func (t *Trainer) checkHistory() {
	found, p := len(t.history.Lines()), t.Position
	if p.Step == 0 || p.Lines == 0 { // in checkpoints of earlier versions it is unknown
		p.Lines = found
	}
	if found < p.Lines {
		t.Progress.Note(progress.WarningPrefix + fmt.Sprintf("%s has %d lines up to step %d, and %d were written: curves and tables of this run will lack the others, the trained weights do not; stop and restore a copy of the file, or delete the folder %s to train again from the start",
			t.Folder.Path(runfolder.HistoryFile), found, p.Step, p.Lines, t.Folder.Path(runfolder.CheckpointsDir)))
	}
}

// writeStep appends a line with the mean training loss to the history, about historyLines
// times in a training, and after the last step.
func (t *Trainer) writeStep(last Update) error {
	p := t.Position
	if p.Step%max(1, t.steps/historyLines) != 0 && p.Step != t.steps {
		return nil
	}
	err := t.write(runfolder.HistoryLine{
		Kind: runfolder.TrainLine, Loss: p.LineLoss / p.LineCount, LearningRate: last.Rate, GradNorm: last.Norm,
		TokensPerSecond: float64(p.LineTokens) / p.LineSeconds,
	})
	p.LineLoss, p.LineCount, p.LineTokens, p.LineSeconds = 0, 0, 0, 0
	return err
}

// write completes a line with the position, appends it and calls OnHistory.
func (t *Trainer) write(line runfolder.HistoryLine) error {
	line.Step, line.Elapsed, line.Epoch = t.Position.Step, t.Position.Seconds, t.Batches.Epoch(t.Position.Step)
	if err := t.history.Append(line); err != nil {
		return err
	}
	t.Position.Lines++
	if t.events != nil {
		if err := t.events.Add(line); err != nil {
			return err
		}
	}
	if t.OnHistory != nil {
		t.OnHistory(line)
	}
	return nil
}
