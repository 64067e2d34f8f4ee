package classify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// runExperiment contains the fields of experiment.json that determine the trained model, and the
// names of the other fields, so that an unknown field of a later version is refused.
type runExperiment struct {
	Model         string `json:"model"`
	ModelVersion  string `json:"model_version"`
	ModelRevision string `json:"model_revision"`
	Method        string `json:"method"` // "" or "lora", methodHead, methodFull

	Task      data.Task       `json:"task"` // "" means data.SingleLabel
	FreshHead json.RawMessage `json:"fresh_head"`
	Data      json.RawMessage `json:"data"`
	Adapter   json.RawMessage `json:"adapter"`
	Training  json.RawMessage `json:"training"`
	Seed      json.RawMessage `json:"seed"`
}

// Values of method in experiment.json for methods without an adapter.
const (
	methodHead = "head"
	methodFull = "full"
)

// runTraining contains the digests of the kept files in training.json.
type runTraining struct {
	Labels []string          `json:"labels"`
	Files  map[string]string `json:"files"`
}

// openRunModel opens the trained model of a run.
func openRunModel(ctx context.Context, t tuned) (*bert.Model, error) {
	folder, err := runfolder.Open(filepath.Split(filepath.Clean(t.dir)))
	if err != nil {
		return nil, err
	}
	var e runExperiment
	if err := folder.Experiment(&e); err != nil {
		return nil, err
	}
	if t.model == "" {
		if err := tiny.CheckVersion(e.Model, e.ModelVersion); err != nil {
			return nil, fmt.Errorf("%s: %w", folder.Path(runfolder.ExperimentFile), &settings.FieldError{Field: "model_version", Reason: err.Error()})
		}
	}
	trained, err := readTraining(folder)
	if err != nil {
		return nil, err
	}
	if err := inputs.VerifyFiles(folder, trained.Files); err != nil {
		return nil, err
	}
	given := t.model != "" && t.model != e.Model || t.revision != ""
	t.takeBase(e.Model, e.ModelRevision, folder.Path(runfolder.ExperimentFile)+" (model)")
	if !given && e.Method != methodFull {
		if _, err := t.resolve(ctx); err != nil {
			return nil, err
		}
		if err := folder.CheckInput(ctx, inputs.Model("model", e.Model, bert.ResolveOptions{Revision: e.ModelRevision})); err != nil {
			return nil, err
		}
	}
	t.recorded, t.recordedTask = trained.Labels, e.Task
	if len(t.labels) == 0 {
		t.labels = trained.Labels
	}
	switch e.Method {
	case methodHead:
		t.dir = folder.Path(runfolder.HeadDir)
		return openProbed(ctx, t)
	case methodFull:
		t.dir, t.revision = folder.Path(runfolder.ModelDir), ""
		return openWhole(ctx, t)
	}
	t.dir = folder.Path(runfolder.AdapterDir)
	return openAdapted(ctx, t)
}

// readTraining reads the record of a finished training.
func readTraining(folder *runfolder.Folder) (trained runTraining, err error) {
	err = folder.Read(runfolder.TrainingFile, &trained)
	switch {
	case err == nil:
		return trained, nil
	case !errors.Is(err, fs.ErrNotExist):
		return trained, err
	}
	if holder := folder.Holder(runfolder.TrainingFile); holder != "" {
		return trained, fmt.Errorf("the training is not finished: %s is computing it; wait for it: %w", holder, err)
	}
	return trained, fmt.Errorf("the training is not finished: call Train until it returns no error, or save its last checkpoint (go run ./kernel checkpoint) and use that: %w", err)
}
