package evaluation

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Finished contains the stored predictions of a trained model: those of a finished evaluation (pkg/testset), or
// of the report of a run.
type Finished struct {
	Folder      *runfolder.Folder
	File        string // path of the predictions
	Predictions *classify.TaskPredictions
}

// ReadFinished reads the predictions in the folder of an evaluation or of a run, for any task. Those of an
// evaluation or run that is not finished are an error that names the missing file.
func ReadFinished(dir string) (*Finished, error) {
	folder, err := runfolder.Open(filepath.Split(filepath.Clean(dir)))
	if err != nil {
		return nil, err
	}
	name := runfolder.ReportPredictionsFile
	if folder.Kind() == runfolder.EvaluationKind {
		name = runfolder.EvaluationPredictionsFile
	}
	f := &Finished{Folder: folder, File: folder.Path(name)}
	f.Predictions, err = ReadPredictions(folder, name, data.SingleLabel)
	if other := (*runfolder.TaskError)(nil); errors.As(err, &other) {
		f.Predictions, err = ReadPredictions(folder, name, data.Task(other.Found))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: finish that evaluation with its command, or that run with its report (notebook 04)", f.File)
	}
	return f, err
}
