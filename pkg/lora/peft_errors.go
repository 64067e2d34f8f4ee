package lora

import (
	"fmt"
	"strings"
)

// UnsupportedError lists the settings of an adapter_config.json that change what
// the adapter computes in ways this package does not.
type UnsupportedError struct {
	Path     string
	Settings []Setting
}

// Setting is a field of an adapter_config.json that cannot be honoured.
type Setting struct {
	Field  string
	Value  string // JSON, shortened
	Reason string // what it could be instead, or what to do
}

// Error implements error.
func (e *UnsupportedError) Error() string {
	lines := make([]string, len(e.Settings))
	for i, s := range e.Settings {
		lines[i] = fmt.Sprintf("%s %s (%s)", s.Field, s.Value, s.Reason)
	}
	return fmt.Sprintf("lora: %s: not supported: %s", e.Path, strings.Join(lines, "; "))
}

// TensorsError lists every tensor that keeps an adapter_model.safetensors from
// fitting the model and the settings.
type TensorsError struct {
	Path       string
	Missing    []string
	Unexpected []string
	Misshapen  []Misshapen
	NotFinite  []string // tensors with an infinity or a value that is no number
	Misplaced  []string // indices that are not those of entries of a weight
	Different  []string // copies of weights of the base model that are not this model's
}

// Misshapen is a tensor of another shape than the model asks for.
type Misshapen struct {
	Name        string
	Want, Found []int
}

// Error implements error: one sentence where the adapter is of a model of another width or
// number of layers, else the names of all tensors.
func (e *TensorsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "lora: %s does not fit the model:", e.Path)
	if sentence := e.otherModel(); sentence != "" {
		return b.String() + " " + sentence
	}
	part := func(what string, names []string) {
		if len(names) > 0 {
			fmt.Fprintf(&b, " %d %s: %s;", len(names), what, strings.Join(names, ", "))
		}
	}
	part("missing", e.Missing)
	part("unexpected", e.Unexpected)
	shapes := make([]string, len(e.Misshapen))
	for i, m := range e.Misshapen {
		shapes[i] = fmt.Sprintf("%s expected %v, found %v", m.Name, m.Want, m.Found)
	}
	part("of another shape", shapes)
	part("with values that are not finite", e.NotFinite)
	part("with indices beyond the weight", e.Misplaced)
	part("of another base model", e.Different)
	return strings.TrimSuffix(b.String(), ";")
}
