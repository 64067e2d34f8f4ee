package precision

import (
	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/engine"
)

// Engine returns the engine e with matrix products in the precision p.
func Engine(e *engine.Engine, p Precision) *engine.Engine {
	if p != BFloat16 {
		return e
	}
	return &engine.Engine{Backend: bfloat16.Products(e.Backend), Config: e.Config, Reason: e.Reason + "; matrix products in bfloat16"}
}
