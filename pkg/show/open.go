package show

import (
	"errors"
	"os"

	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Open opens the run folder of an experiment (see [Folder]) in a notebook's cell, with
// progress bars below the cell. The listeners receive each line of the training history.
// Results that the run folder holds are not computed again. An error ends the cell.
//
// Cells that only read work at any time, also while another notebook trains. A cell that lacks
// a result which another notebook computes waits for it, with a progress bar; the interrupt
// button ends the wait.
func Open(folder string, e finetune.Experiment, listeners ...func(runfolder.HistoryLine)) *finetune.Run {
	return notebook.Must(open(folder, e, listeners...))
}

func open(folder string, e finetune.Experiment, listeners ...func(runfolder.HistoryLine)) (*finetune.Run, error) {
	if err := checkTask(e.Task); err != nil {
		return nil, err // before anything is computed that has no chart
	}
	dir, err := folderOf(folder, e)
	if err != nil {
		return nil, err
	}
	r, err := finetune.Open(dir, e, finetune.Options{
		Progress: progress.New(os.Stdout),
		OnHistory: func(line runfolder.HistoryLine) {
			for _, listen := range listeners {
				listen(line)
			}
		},
	})
	var changed *runfolder.ChangedError
	if errors.As(err, &changed) {
		changed.Chosen = "-p run=NAME, or run in the cell of parameters"
	}
	return r, named(err)
}
