// Command scale simulates labellings and sweeps on many workers: how long they take, what they cost, and
// what limits them.
//
//	go run ./tools/scale label --texts 1e9 --workers 1,10,100,1000,10000
//	go run ./tools/scale sweep --trials 1000 --workers 1,10,100,1000
//
// The simulation is driven by events and has a seed: the same arguments print the same numbers. It
// follows packages label/remote and sweep: the window of shards, the order of writing, leases,
// checkpoints, signs of workers, the coordinator's looks. Workers differ in speed, some are slow, and
// workers are lost. The costs of a message, of a shard and of a megabyte are measured ones, by the
// benchmarks that docs/scale.md names; flags change them.
package main
