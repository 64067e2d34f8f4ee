package bfloat16

import "github.com/lorabook/lorabook/internal/engine"

// Engine returns the engine e with the products of [Products].
func Engine(e *engine.Engine) *engine.Engine {
	return &engine.Engine{Backend: Products(e.Backend), Config: e.Config, Reason: e.Reason + "; matrix products in bfloat16"}
}
