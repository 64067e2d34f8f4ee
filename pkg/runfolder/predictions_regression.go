package runfolder

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// regressionLine is the line of an example with a number.
type regressionLine struct {
	ID     string   `json:"id,omitempty"`
	Value  *float64 `json:"value"`  // the right number
	Answer *float64 `json:"answer"` // the model's
}

// WriteRegressionPredictions is [Folder.WritePredictions] for examples with a number. Every number
// is read back unchanged.
func (r *Folder) WriteRegressionPredictions(name string, p *metrics.RegressionPredictions) error {
	if err := r.writable(name); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return fmt.Errorf("%s not written: %w", r.Path(name), err)
	}
	return r.writePredictions(name, predictionsHead{Task: regression, Examples: p.Len()}, func(i int) any {
		line := regressionLine{Value: &p.Values[i], Answer: &p.Answers[i]}
		if p.IDs != nil {
			line.ID = p.IDs[i]
		}
		return line
	})
}

// ReadRegressionPredictions reads the file of [Folder.WriteRegressionPredictions], as
// [Folder.ReadPredictions] does.
func (r *Folder) ReadRegressionPredictions(name string) (*metrics.RegressionPredictions, error) {
	p := regressionPredictionsReader{new(metrics.RegressionPredictions)}
	if err := r.readPredictions(name, regression, p); err != nil {
		return nil, err
	}
	return p.RegressionPredictions, nil
}

type regressionPredictionsReader struct{ *metrics.RegressionPredictions }

func (p regressionPredictionsReader) begin([]string) {}

func (p regressionPredictionsReader) add(text []byte) error {
	var line regressionLine
	if _, err := decodeJSON(text, &line, false); err != nil {
		return err
	}
	if line.Value == nil || line.Answer == nil {
		return errors.New(`expected the fields "value" and "answer"`)
	}
	if line.ID != "" {
		p.IDs = append(p.IDs, line.ID)
	}
	p.Values, p.Answers = append(p.Values, *line.Value), append(p.Answers, *line.Answer)
	return nil
}
