// Package queue joins texts that arrive one by one into batches of few sizes.
//
//	q := queue.New[string](queue.Grid{Sizes: []int{32, 128}, Block: 8, Tokens: 128}, 256, time.Now)
//	err := q.Put([]*queue.Item[string]{{Value: "a", Tokens: 7}})
//	batch, ok := q.Next() // waits for an item
//	q.Done(batch)
//
// Each batch contains the oldest item, so that every item is computed, and Next returns as soon as
// there is an item: while one batch is computed, the next one gathers.
package queue
