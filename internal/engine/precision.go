package engine

import (
	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/pkg/precision"
)

// WithPrecision returns the engine e with matrix products in the precision p.
func (e *Engine) WithPrecision(p precision.Precision) *Engine {
	if p != precision.BFloat16 {
		return e
	}
	return &Engine{Backend: bfloat16.Products(e.Backend), Config: e.Config, Reason: e.Reason + "; matrix products in bfloat16"}
}
