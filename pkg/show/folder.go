package show

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// runs is the folder of the run folders, as seen from the folder of the notebooks.
const runs = "../runs/"

// Folder returns the run folder of an experiment. A name without a slash is a folder in ../runs,
// unless it is a run folder in the working folder; any other text is a path. If folder is empty,
// it is ../runs/MODEL-DATA, followed by the settings that differ from the notebooks' defaults:
// "../runs/lorabook-tiny-sample-r4-train200". The same settings find their run again, also in
// ../runs/MODEL-DATA, where earlier versions put every run. An experiment that cannot be used
// has the folder ../runs/MODEL-DATA; [Open] reports its error.
func Folder(folder string, e finetune.Experiment) string {
	dir, err := folderOf(folder, e)
	if err != nil {
		return runs + e.Name()
	}
	return dir
}

func folderOf(folder string, e finetune.Experiment) (string, error) {
	switch {
	case folder == "":
	case strings.ContainsAny(folder, `/\`), strings.HasPrefix(folder, "."), isRun(folder):
		return folder, nil
	default:
		return runs + folder, nil
	}
	base, err := notebookDefault(e)
	if err != nil {
		return "", err
	}
	name, err := e.NameBeside(base)
	if err != nil {
		return "", named(err)
	}
	if name != e.Name() && holds(e.Name(), e) {
		name = e.Name()
	}
	return runs + name, nil
}

// notebookDefault is the notebooks' default experiment with the experiment's model and
// data.
func notebookDefault(e finetune.Experiment) (finetune.Experiment, error) {
	base, err := experiment(notebook.Settings{Model: e.Model, Data: e.Data.Source, Dropout: notebook.DefaultDropout})
	base.ModelRevision = e.ModelRevision // part of the model's name, not a setting
	if r := e.Adapter.R; r > 0 {
		base.Adapter.Alpha = 2 * float64(r) // the default for the experiment's rank
	}
	return base, err
}

func isRun(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, runfolder.ExperimentFile))
	return err == nil
}

// holds reports whether the run folder of this name in ../runs contains the experiment.
func holds(name string, e finetune.Experiment) bool {
	folder, err := runfolder.Open(runs, name)
	if err != nil {
		return false
	}
	e, err = e.WithDefaults()
	return err == nil && folder.Same(e) == nil
}

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
