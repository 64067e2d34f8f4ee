package lora

import (
	"errors"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/pkg/lora/internal/match"
)

// Errors of calls that the adapter's state does not allow.
var (
	ErrNotInjected = errors.New("lora: the adapter is on no model yet: call Inject first")
	ErrInjected    = errors.New("lora: the adapter is on a model already: make another with New")
	ErrMerged      = errors.New("lora: the adapter is merged into its model: call Unmerge first")
	ErrNotMerged   = errors.New("lora: the adapter is not merged into its model")

	errNoStore = errors.New("lora: the store of the model's variables is nil, expected that of an opened model (bert.Model.Store)")

	ErrNoActivations = errors.New("lora: the initialization eva needs the inputs of the modules: gather them with Adapter.Activations, whose Inject puts the adapter on the model")
)

// ConfigError says that a setting has a value that it cannot have: the file Path that has the
// setting, empty for a Config made in Go; the Field, as adapter_config.json names it; its Value;
// and the Reason, what was expected or why it cannot be.
type ConfigError = match.ConfigError

// mistakes collects settings with wrong values, so that one error names all of them.
type mistakes []error

func (m *mistakes) add(field string, value any, reason string) {
	*m = append(*m, &ConfigError{Field: field, Value: value, Reason: reason})
}

func (m mistakes) err() error {
	if len(m) == 1 {
		return m[0]
	}
	return errors.Join(m...) // nil for none
}

// TargetError says that names in a [Config] match no module of the model.
type TargetError struct {
	Field   string   // target_modules, target_regexp or modules_to_save
	Wanted  []string // the names, or the regular expression, that match nothing
	Modules []string // the dotted names of the model's modules
}

// Error implements error, with the names by which the modules can be chosen.
func (e *TargetError) Error() string {
	return fmt.Sprintf("lora: %s: no module matches %q: expected one of %s", e.Field, e.Wanted, strings.Join(dotted.Summary(e.Modules), ", "))
}

// UnsupportedError lists the settings of an adapter_config.json that change what the adapter
// computes and that this package does not support.
type UnsupportedError struct {
	Path     string
	Settings []Setting
}

// Setting is a field of an adapter_config.json that is not supported.
type Setting struct {
	Field  string
	Value  string // JSON, shortened
	Reason string // what was expected, or what to do
}

// Error implements error.
func (e *UnsupportedError) Error() string {
	lines := make([]string, len(e.Settings))
	for i, s := range e.Settings {
		lines[i] = fmt.Sprintf("%s %s (%s)", s.Field, s.Value, s.Reason)
	}
	return fmt.Sprintf("lora: %s: not supported: %s", e.Path, strings.Join(lines, "; "))
}
