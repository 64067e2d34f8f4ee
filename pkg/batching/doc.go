// Package batching groups tokenized examples by length into batches of few static shapes.
//
//	batcher, err := batching.NewBatcher(ids, labels, batching.Options{Rows: 16, Seed: 1})
//	epoch := batcher.Epoch(0)
//	for i := range epoch.Len() {
//		batch := epoch.At(i) // IDs [Rows*Length], Lengths [Rows], Labels [Rows]
//	}
//
// A compiled engine compiles once for each shape. The order of an epoch depends on the seed
// and the epoch's number alone, so a resumed run finds the same batches again.
package batching
