package match

import "fmt"

// ConfigError says that a setting has a value that it cannot have.
type ConfigError struct {
	Path   string // of the file that has the setting, empty for a Config made in Go
	Field  string // as adapter_config.json names it
	Value  any
	Reason string // what was expected, or why it cannot be
}

// Error implements error.
func (e *ConfigError) Error() string {
	if e.Path != "" {
		return fmt.Sprintf("lora: %s: %s %v: %s", e.Path, e.Field, e.Value, e.Reason)
	}
	return fmt.Sprintf("lora: %s %v: %s", e.Field, e.Value, e.Reason)
}
