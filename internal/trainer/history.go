package trainer

import "github.com/lorabook/lorabook/pkg/runfolder"

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
