package show

import (
	"os"

	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// runs is the folder of the run folders, as seen from the folder of the notebooks.
const runs = "../runs/"

// Folder returns the run folder of an experiment: folder, or, if that is empty,
// ../runs/MODEL-DATA.
func Folder(folder string, e finetune.Experiment) string {
	if folder == "" {
		return runs + e.Name()
	}
	return folder
}

// Open opens the run folder of an experiment (see [Folder]) in a notebook's cell, with
// progress bars below the cell. The listeners receive each line of the training history.
// Results that the run folder holds are not computed again. An error ends the cell.
//
// The run folder is locked until Close or until the end of the cell's program.
func Open(folder string, e finetune.Experiment, listeners ...func(runfolder.HistoryLine)) *finetune.Run {
	return notebook.Must(finetune.Open(Folder(folder, e), e, finetune.Options{
		Progress: progress.New(os.Stdout),
		OnHistory: func(line runfolder.HistoryLine) {
			for _, listen := range listeners {
				listen(line)
			}
		},
	}))
}
