package finetune

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/data"
)

// validateTask refuses tasks that cannot be trained.
func (e Experiment) validateTask() error {
	if e.Task != "" {
		return &FieldError{Field: "task", Reason: fmt.Sprintf("is %q, expected %q", e.Task, data.SingleLabel)}
	}
	return nil
}
