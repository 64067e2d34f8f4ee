package feed

import "github.com/lorabook/lorabook/pkg/batching"

// Layer are the sizes of a transformer layer by which the cost of a batch is estimated.
type Layer struct {
	Hidden  int // size of the hidden states
	Weights int // in the layer's matrices
}

// attentionShare is the time of attention as a multiple of that of its two products at the rate of the
// others, which multiply 2 numbers for each hidden one and token of a row: the products are small, and
// softmax, mask and dropout of the scores are bound by memory. A training step of bert-base with XLA on two
// cores takes 2.37 ms a token in rows of 128, 2.60 in rows of 256 and 3.19 in one row of 512: 4.7.
const attentionShare = 5

// cost returns the number of tokens without attention that take as long to compute as a batch of the shape.
func (l Layer) cost(s batching.Shape) float64 {
	attention := attentionShare * 2 * float64(s.Length) * float64(l.Hidden) / float64(max(1, l.Weights))
	return float64(s.Rows*s.Length) * (1 + attention)
}

// leastSaving is the share of the computation that packed batches of a training save at least. Less is not
// worth other batches, with which a training has other results.
const leastSaving = 0.1

// PackedShape returns the shape of batches of a training in which several examples share a row: see
// batching.Options.PackedShape. o are the options of batches without shared rows, and maxLength is the
// largest number of tokens of an example. The result is the zero Shape if packed batches do not save at
// least a tenth of the computation of an epoch, and as much as the compilation of a program costs. It
// depends on the lengths of the examples, and not on o.Seed.
func PackedShape(ids [][]int32, o batching.Options, maxLength int, layer Layer) (batching.Shape, error) {
	o.Seed = 0 // trainings that differ in the seed alone must not differ in packing
	own, err := batching.NewBatcher(ids, nil, o)
	if err != nil {
		return batching.Shape{}, err
	}
	before := layer.Cost(own.Epoch(0))
	least := max(leastSaving*before, float64(programTokens(layer.Weights)))
	tokens := 0
	for _, example := range ids {
		tokens += len(example)
	}
	if before-float64(tokens) < least { // packed batches compute all tokens: no need to try them
		return batching.Shape{}, nil
	}
	o.PackedShape = own.PackedShape(max(maxLength, packedLength), layer.cost)
	packed, err := batching.NewBatcher(ids, nil, o)
	if err != nil {
		return batching.Shape{}, err
	}
	if before-layer.Cost(packed.Epoch(0)) < least {
		return batching.Shape{}, nil
	}
	return o.PackedShape, nil
}
