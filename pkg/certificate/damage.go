package certificate

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/runlist"
)

// checkDamage reads the files of a finished run from which no certified number follows: a damaged one
// would be certified as it is.
func checkDamage(r *finetune.Run, files []string) error {
	var training finetune.Trained
	if err := r.Folder.Read(runfolder.TrainingFile, &training); err != nil {
		return err
	}
	if err := checkHistory(r.Folder, training); err != nil {
		return err
	}
	var baseline finetune.Baseline
	if err := r.Folder.Read(runfolder.BaselineFile, &baseline); err != nil {
		return err
	}
	if runlist.ScoreOf(baseline.Evaluation) == nil {
		return &runfolder.DamagedError{File: r.Folder.Path(runfolder.BaselineFile), Err: errors.New("it has no metrics"), Remedy: "delete it and open the run again: it is computed again"}
	}
	for _, within := range files {
		var err error
		switch {
		case within == runfolder.WordsPredictionsFile, within == runfolder.ValidationPredictionsFile:
			_, err = evaluation.ReadPredictions(r.Folder, within, r.Experiment.Task)
		case path.Ext(within) == ".safetensors":
			err = checkTensors(r.Folder.Path(filepath.FromSlash(within)))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// checkHistory refuses a history without the last line of the training, and one with fewer or more lines
// than the training wrote. A cut file can look like that of a process that was killed while it wrote a line.
func checkHistory(folder *runfolder.Folder, training finetune.Trained) error {
	lines, err := folder.ReadHistory()
	if err != nil {
		return err
	}
	last := 0
	if len(lines) > 0 {
		last = lines[len(lines)-1].Step
	}
	var problem error
	switch wanted := training.HistoryLines; {
	case last != training.Steps:
		problem = fmt.Errorf("its last line is of step %d, expected the last step of the training, %d", last, training.Steps)
	case wanted != 0 && wanted != len(lines):
		problem = fmt.Errorf("it has %d lines, expected the %d that the training wrote (history_lines of %s)", len(lines), wanted, runfolder.TrainingFile)
	default:
		return nil
	}
	return &runfolder.DamagedError{File: folder.Path(runfolder.HistoryFile), Err: problem, Remedy: "restore a copy, or delete the run folder and train again"}
}

// checkTensors reads a file of tensors and compares their checksums, if it has them.
func checkTensors(path string) error {
	f, err := safetensors.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, name := range f.Names() {
		if _, err := f.Checked(name); err != nil {
			return err
		}
	}
	return nil
}
