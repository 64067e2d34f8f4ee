package finetune

import (
	"fmt"

	"github.com/lorabook/lorabook/internal/devices"
	"github.com/lorabook/lorabook/pkg/classify"
)

const devicesField = "devices"

// mesh returns the devices that share the work of the run, nil for one.
func (r *Run) mesh() (*devices.Mesh, error) {
	mesh, err := devices.On(r.engine.Backend, r.Experiment.Devices)
	if err != nil {
		return nil, &FieldError{Field: devicesField, Reason: err.Error()}
	}
	return mesh, nil
}

// predictor returns a predictor of the network on the run's devices.
func (r *Run) predictor(n *network, logits classify.Logits) (*classify.Predictor, error) {
	p, err := classify.NewPredictorOf(r.engine.Backend, n.Model, r.Experiment.Data.MaxLength, logits)
	if err != nil {
		return nil, err
	}
	return p, p.SetDevices(r.Experiment.Devices)
}

// validateDevices refuses a batch size that the devices do not divide.
func (e Experiment) validateDevices() error {
	n, rows := e.Devices, e.Training.BatchSize
	if n < 0 {
		return &FieldError{Field: devicesField, Reason: fmt.Sprintf("is %d, expected at least 1, or 0 for 1", n)}
	}
	if n > 1 && rows%n != 0 {
		below, above := rows/n*n, (rows+n-1)/n*n
		expected := fmt.Sprint(above)
		if below > 0 {
			expected = fmt.Sprintf("%d or %d", below, above)
		}
		return &FieldError{Field: "training.batch_size", Reason: fmt.Sprintf("is %d, and %d devices do not divide it: expected a multiple of %[2]d, such as %s", rows, n, expected)}
	}
	return nil
}
