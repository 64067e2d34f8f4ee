package feed

import (
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Cost returns the sum of the costs of the batches, in tokens.
func (l Layer) Cost(batches batching.Sequence) float64 {
	sum := 0.0
	for i := range batches.Len() {
		sum += l.cost(batches.Shape(i))
	}
	return sum
}

// Costs counts the costs of batches that are computed in their order. The batches of an evaluation are
// sorted by length: the first tenth of them takes far less than a tenth of the time.
type Costs struct {
	layer      Layer
	batches    batching.Sequence
	next       int // the first batch that is not computed
	done, left float64
}

// Costs returns the costs of the batches from first on, of which none is computed.
func (l Layer) Costs(batches batching.Sequence, first int) *Costs {
	c := &Costs{layer: l, batches: batches, next: first}
	for i := first; i < batches.Len(); i++ {
		c.left += l.cost(batches.Shape(i))
	}
	return c
}

// Status returns s with the costs after batch i, which may come several times: see [Forward.Each].
func (c *Costs) Status(i int, s progress.Status) progress.Status {
	for ; c.next <= i; c.next++ {
		cost := c.layer.cost(c.batches.Shape(c.next))
		c.done, c.left = c.done+cost, max(0, c.left-cost)
	}
	s.Cost, s.CostLeft = c.done, c.left
	return s
}
