package finetune

import (
	"fmt"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/engine"
)

// Precision names how matrix products are made, or what hidden states are kept as
// ([Training].PrefixCache). What learns, its gradients and everything else are float32
// either way; frozen matrices, which every product would round, are kept rounded.
type Precision string

const (
	Float32  Precision = "float32"
	BFloat16 Precision = "bfloat16" // of factors rounded to bfloat16, summed in float32: PyTorch's automatic mixed precision; pays on XLA and a processor with bfloat16 units
)

// engine is e, with products as p says.
func (p Precision) engine(e *engine.Engine) *engine.Engine {
	if p != BFloat16 {
		return e
	}
	return &engine.Engine{Backend: bfloat16.Products(e.Backend), Config: e.Config, Reason: e.Reason + "; matrix products in bfloat16"}
}

// validate reports a precision that there is not; field is its name.
func (p Precision) validate(field string) error {
	if reason := p.fault(); reason != "" {
		return &FieldError{field, reason}
	}
	return nil
}

// fault says what is wrong with a precision that there is not, else nothing.
func (p Precision) fault() string {
	if p == Float32 || p == BFloat16 {
		return ""
	}
	return fmt.Sprintf("is %q, expected %q or %q", p, Float32, BFloat16)
}
