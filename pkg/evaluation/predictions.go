package evaluation

import (
	"errors"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// WritePredictions writes the predictions of a task to a file of a run folder.
func WritePredictions(folder *runfolder.Folder, name string, p *classify.TaskPredictions) error {
	if folder == nil || p == nil {
		return errors.New("evaluation: no folder or no predictions to write")
	}
	switch {
	case p.MultiLabel != nil:
		return folder.WriteMultiLabelPredictions(name, p.MultiLabel)
	case p.Regression != nil:
		return folder.WriteRegressionPredictions(name, p.Regression)
	case p.Tags != nil:
		return folder.WriteTagPredictions(name, p.Tags)
	}
	return folder.WritePredictions(name, p.SingleLabel)
}

// ReadPredictions reads a file that [WritePredictions] wrote for this task; "" is
// data.SingleLabel.
func ReadPredictions(folder *runfolder.Folder, name string, task data.Task) (*classify.TaskPredictions, error) {
	if folder == nil {
		return nil, errors.New("evaluation: no folder to read")
	}
	p := &classify.TaskPredictions{}
	var err error
	switch task {
	case data.MultiLabel:
		p.MultiLabel, err = folder.ReadMultiLabelPredictions(name)
	case data.Regression:
		p.Regression, err = folder.ReadRegressionPredictions(name)
	case data.TokenClassification:
		p.Tags, err = folder.ReadTagPredictions(name)
	default:
		p.SingleLabel, err = folder.ReadPredictions(name)
	}
	if err != nil {
		return nil, err
	}
	return p, nil
}
