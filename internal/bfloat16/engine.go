package bfloat16

import (
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/precision"
)

// Engine returns the engine e with matrix products in the precision p.
func Engine(e *engine.Engine, p precision.Precision) *engine.Engine {
	if p != precision.BFloat16 {
		return e
	}
	return &engine.Engine{Backend: Products(e.Backend), Config: e.Config, Reason: e.Reason + "; matrix products in bfloat16"}
}
