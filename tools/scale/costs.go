package main

import "time"

// costs are the measured ones, on two cores of an AMD EPYC; docs/scale.md names the commands.
var costs = struct {
	text, trial, message, send, take time.Duration
	bandwidth                        float64 // MB/s
	shardBytes, blockBytes           float64
	checkpoint, result               float64 // MB
}{
	text:       time.Second * 10 / 209, // bench/RESULTS.md: 20.9 reviews of at most 256 tokens a second, in bfloat16
	trial:      111800 * time.Millisecond,
	message:    150 * time.Microsecond,
	send:       13 * time.Millisecond,
	take:       300 * time.Microsecond,
	bandwidth:  150,
	shardBytes: 176_000,
	blockBytes: 4_000,
	checkpoint: 3.5,
	result:     1.3,
}
