package runfolder

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// multiLabelLine is the line of an example with any number of classes.
type multiLabelLine struct {
	ID     string `json:"id,omitempty"`
	Labels []int  `json:"labels"`
	scores
}

// WriteMultiLabelPredictions is [Folder.WritePredictions] for examples with any number of classes.
// The predictions must have the threshold 0.5, which is not written.
func (r *Folder) WriteMultiLabelPredictions(name string, p *metrics.MultiLabelPredictions) error {
	if err := r.writable(name); err != nil {
		return err
	}
	err := p.Validate()
	if err == nil && p.Thresholds != nil {
		err = fmt.Errorf("thresholds %v: expected none", p.Thresholds)
	}
	if err != nil {
		return fmt.Errorf("%s not written: %w", r.Path(name), err)
	}
	k := len(p.Classes)
	return r.writePredictions(name, predictionsHead{Task: multiLabel, Classes: p.Classes, Examples: p.Len()}, func(i int) any {
		line := multiLabelLine{Labels: append([]int{}, p.Labels[i]...), scores: scoresOf(p.Logits, p.Probabilities, i, k)} // [] for none, not null
		if p.IDs != nil {
			line.ID = p.IDs[i]
		}
		return line
	})
}

// ReadMultiLabelPredictions reads the file of [Folder.WriteMultiLabelPredictions], as
// [Folder.ReadPredictions] does.
func (r *Folder) ReadMultiLabelPredictions(name string) (*metrics.MultiLabelPredictions, error) {
	p := multiLabelPredictionsReader{new(metrics.MultiLabelPredictions)}
	if err := r.readPredictions(name, multiLabel, p); err != nil {
		return nil, err
	}
	return p.MultiLabelPredictions, nil
}

type multiLabelPredictionsReader struct{ *metrics.MultiLabelPredictions }

func (p multiLabelPredictionsReader) begin(classes []string) { p.Classes = classes }

func (p multiLabelPredictionsReader) add(text []byte) error {
	var line multiLabelLine
	if _, err := decodeJSON(text, &line, false); err != nil {
		return err
	}
	if err := line.appendTo(&p.Logits, &p.Probabilities, len(p.Classes)); err != nil {
		return err
	}
	if line.Labels == nil {
		return fmt.Errorf(`the field "labels" is missing`)
	}
	if line.ID != "" {
		p.IDs = append(p.IDs, line.ID)
	}
	p.Labels = append(p.Labels, line.Labels)
	return nil
}
