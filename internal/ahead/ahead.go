// Package ahead reads a sequence in the background:
//
//	items, stop := ahead.Read(ctx, texts)
//	defer stop()
//	for item := range items {
package ahead

import (
	"context"
	"iter"
)

// Item is an element of a sequence, or its error.
type Item[T any] struct {
	Value T
	Err   error
}

// Read reads a sequence, one element ahead of those that were received from items, which is closed at
// the end. After stop the sequence is not read any more.
func Read[T any](ctx context.Context, sequence iter.Seq2[T, error]) (items <-chan Item[T], stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	read := make(chan Item[T], 1)
	go func() {
		defer close(read)
		for value, err := range sequence {
			select {
			case read <- Item[T]{value, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return read, func() {
		cancel()
		for range read { //nolint:revive // what was read is not used
		}
	}
}
