package engine

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/heap"
)

// Upload moves a store's variables to the backend, one after another, and returns the memory that
// held them to the system on the way. Left to the first run of a graph and to Go's collector, their
// values would be in memory twice when memory is scarcest: nothing that Go allocates in training
// makes the collector run again.
func Upload(backend compute.Backend, store *model.Store) error {
	var moved heap.Replaced
	for v := range store.IterVariables() {
		if !v.HasValue() || v.ShardingSpec() != nil { // package devices moves those of several devices
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
		moved.Add(value.Shape().ByteSize())
	}
	moved.Return()
	return nil
}
