package runfolder

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// predictionsLine is the line of an example with one class.
type predictionsLine struct {
	ID    string `json:"id,omitempty"`
	Label int    `json:"label"`
	scores
}

// WritePredictions writes the predictions atomically, one JSON line per example. Every float32 is
// read back unchanged.
func (r *Folder) WritePredictions(name string, p *metrics.Predictions) error {
	if err := r.writable(name); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return fmt.Errorf("%s not written: %w", r.Path(name), err)
	}
	k := len(p.Classes)
	return r.writePredictions(name, predictionsHead{Classes: p.Classes, Examples: p.Len()}, func(i int) any {
		line := predictionsLine{Label: p.Labels[i], scores: scoresOf(p.Logits, p.Probabilities, i, k)}
		if p.IDs != nil {
			line.ID = p.IDs[i]
		}
		return line
	})
}

// ReadPredictions reads the file of [Folder.WritePredictions]. The error matches fs.ErrNotExist
// if the file does not exist, and is a *DamagedError if it is damaged, and a *TaskError if it
// contains predictions for another task.
func (r *Folder) ReadPredictions(name string) (*metrics.Predictions, error) {
	p := oneClassReader{new(metrics.Predictions)}
	if err := r.readPredictions(name, oneClass, p); err != nil {
		return nil, err
	}
	return p.Predictions, nil
}

type oneClassReader struct{ *metrics.Predictions }

func (p oneClassReader) begin(classes []string) { p.Classes = classes }

func (p oneClassReader) add(text []byte) error {
	var line predictionsLine
	if _, err := decodeJSON(text, &line, false); err != nil {
		return err
	}
	if err := line.appendTo(&p.Logits, &p.Probabilities, len(p.Classes)); err != nil {
		return err
	}
	if line.ID != "" {
		p.IDs = append(p.IDs, line.ID)
	}
	p.Labels = append(p.Labels, line.Label)
	return nil
}
