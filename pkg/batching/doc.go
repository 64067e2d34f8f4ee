// Package batching groups tokenized examples by length, or packs several short ones into a row, in batches
// of few static shapes.
//
//	batcher, err := batching.NewBatcher(ids, labels, batching.Options{Rows: 16, Seed: 1})
//	epoch := batcher.Epoch(0)
//	for i := range epoch.Len() {
//		batch := epoch.At(i) // IDs [Rows*Length], Lengths [Rows], Labels [Rows]
//	}
//
// An engine compiles once for each shape, so few shapes save time. The order of an epoch
// depends only on the seed and the epoch's number, so a resumed run finds the same batches
// again. [Inputs] are the tensors of a batch by name, and [Signature] is their order as the
// arguments of a graph.
package batching
