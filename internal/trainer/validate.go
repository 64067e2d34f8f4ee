package trainer

import (
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/precision"
)

// Validate checks the settings that every training has, and returns a *settings.FieldError;
// prefix is the JSON path of their parent.
func Validate(prefix string, o Optimizer, p precision.Precision) error {
	if err := o.Validate(prefix); err != nil {
		return err
	}
	if err := p.Validate(); err != nil {
		return &settings.FieldError{Field: prefix + "precision", Reason: err.Error()}
	}
	return nil
}
