package feed

import (
	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/engine"
)

// BFloat16 returns the engine e with the products of [bfloat16.Products].
func BFloat16(e *engine.Engine) *engine.Engine {
	return &engine.Engine{Backend: bfloat16.Products(e.Backend), Config: e.Config, Reason: e.Reason + "; matrix products in bfloat16"}
}
