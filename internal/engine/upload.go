package engine

import (
	"fmt"
	"runtime/debug"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
)

// Upload moves a store's variables to the backend and returns the memory that held them to
// the system. Left to the first run of a graph and to Go's collector, their values would be
// in memory twice when memory is scarcest: nothing that Go allocates in training makes the
// collector run again.
func Upload(backend compute.Backend, store *model.Store) error {
	moved := false
	for v := range store.IterVariables() {
		if !v.HasValue() {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return fmt.Errorf("%s: %w", v.Path(), err)
		}
		if value.IsOnAnyDevice() {
			continue
		}
		if err := value.MaterializeOnDevice(backend, true, 0); err != nil {
			return fmt.Errorf("%s: %w", v.Path(), err)
		}
		moved = true
	}
	if moved {
		debug.FreeOSMemory()
	}
	return nil
}
