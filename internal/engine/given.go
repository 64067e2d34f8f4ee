package engine

import (
	"fmt"

	"github.com/gomlx/compute"
)

// For returns the engine of a backend that the caller of a package gives, or [Shared] for nil. A
// backend that [CheckPool] refuses is an error. name is the caller's name of the backend in the
// error, such as "options: Backend".
func For(backend compute.Backend, name string) (*Engine, error) {
	if backend == nil {
		return Shared()
	}
	if err := CheckPool(backend); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return &Engine{Backend: backend, Config: backend.Name(), Reason: "given by the program"}, nil
}
