package engine

import (
	"fmt"

	"github.com/gomlx/compute"
)

// For returns the engine of a backend that the program gives in its options, and for nil
// [Shared]. A backend that [CheckPool] refuses is an error.
func For(backend compute.Backend) (*Engine, error) {
	if backend == nil {
		return Shared()
	}
	if err := CheckPool(backend); err != nil {
		return nil, fmt.Errorf("options: Backend: %w", err)
	}
	return &Engine{Backend: backend, Config: backend.Name(), Reason: "given by the program"}, nil
}
