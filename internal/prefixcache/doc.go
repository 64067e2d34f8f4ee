// Package prefixcache keeps the hidden states of a model's frozen lower layers on disk. They
// are computed once for each example, for all epochs and for every training with the same
// lower layers, inputs and engine.
//
//	states, err := prefixcache.Open(ctx, prefixcache.Config{
//		Model: m, Encoder: m.Encoder(), Layers: 10,
//		Stored: precision.BFloat16, Products: precision.Float32, Engine: engine,
//		Batches: batcher.InOrder(), Limit: 8 << 30, Progress: progress.Nop,
//	})
//	defer states.Close()
//	more := states.Tensors(0)             // extra input tensors of a batch, see feed.Forward
//	scores := states.Logits(root, inputs) // graph of the layers above
//
// The files lie in lorabook/prefix in the user's cache folder. Each is named after the digest
// of all that its states depend on: the weights below, the token ids, the batches that they
// are computed in, the number formats and the engine. Processes share the files: one that
// reads or computes states holds their lock.
package prefixcache
