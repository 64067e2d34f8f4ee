package finetune

import (
	"fmt"
	"runtime/debug"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"
)

// settle moves a store's variables to the engine, and gives what held them back to the
// system. Left to the first run of a graph, and the rest to Go's collector, they would be
// there twice when memory is scarcest; nothing that Go allocates in training makes the
// collector run again.
func settle(backend compute.Backend, store *model.Store) error {
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
