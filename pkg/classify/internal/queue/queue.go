package queue

import (
	"container/list"
	"errors"
	"fmt"
	"sync"
	"time"
)

// ErrClosed is returned by Put after Close.
var ErrClosed = errors.New("the queue is closed")

// FullError reports items for which there is no place now.
type FullError struct {
	Queued, Capacity int
	RetryAfter       time.Duration // in which the waiting items will be computed; 0 if no batch is done yet
}

func (e *FullError) Error() string { return fmt.Sprintf("%d of %d items wait", e.Queued, e.Capacity) }

// Item is a text in the queue.
type Item[T any] struct {
	Value  T
	Tokens int
	Kind   int // items of different kinds are in different batches

	number uint64    // in the order of Put
	since  time.Time // Put
	bucket int
	place  *list.Element // in its line while it waits; nil otherwise
}

// Batch contains items that are computed together.
type Batch[T any] struct {
	Items []*Item[T]
	Kind  int
	Shape
	Waited time.Duration // of the oldest item
}

// Tokens returns the number of tokens of the items.
func (b *Batch[T]) Tokens() int {
	n := 0
	for _, i := range b.Items {
		n += i.Tokens
	}
	return n
}

// line contains the waiting items of a kind and a length, the oldest first.
type line struct{ kind, bucket int }

// Queue holds items that wait. It is safe for concurrent use.
type Queue[T any] struct {
	grid     Grid
	capacity int
	now      func() time.Time

	mu      sync.Mutex
	arrived sync.Cond
	closed  bool
	lines   map[line]*list.List
	number  uint64
	queued  int // items
	running int // items
	tokens  int // of the waiting items, with padding
	rate    throughput
}

// New returns a queue for at most capacity waiting items.
func New[T any](grid Grid, capacity int, now func() time.Time) *Queue[T] {
	q := &Queue[T]{grid: grid, capacity: capacity, now: now, lines: map[line]*list.List{}}
	q.arrived.L = &q.mu
	return q
}

// Put adds items, all or none: a *[FullError] if they do not fit now, or ErrClosed. The caller has
// checked that they are not more than the capacity, and that no item is longer than the grid.
func (q *Queue[T]) Put(items []*Item[T]) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrClosed
	}
	if q.queued+len(items) > q.capacity {
		return &FullError{q.queued, q.capacity, q.rate.duration(q.tokens)}
	}
	now := q.now()
	for _, i := range items {
		q.number++
		i.number, i.since, i.bucket = q.number, now, q.grid.Bucket(i.Tokens)
		at := line{i.Kind, i.bucket}
		if q.lines[at] == nil {
			q.lines[at] = list.New()
		}
		i.place = q.lines[at].PushBack(i)
		q.queued++
		q.tokens += q.grid.Lengths[i.bucket]
	}
	q.arrived.Broadcast()
	return nil
}

// Remove removes the items that still wait, and returns their number. The others are in batches.
func (q *Queue[T]) Remove(items []*Item[T]) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	removed := 0
	for _, i := range items {
		if i.place != nil {
			q.take(i)
			removed++
		}
	}
	return removed
}

// take removes a waiting item.
func (q *Queue[T]) take(i *Item[T]) {
	q.lines[line{i.Kind, i.bucket}].Remove(i.place)
	i.place = nil
	q.queued--
	q.tokens -= q.grid.Lengths[i.bucket]
}

// Next waits for an item and returns the next batch; false after Close when no item waits.
//
// The batch contains the oldest item and others of its kind and length, in their order. If the
// shape has rows left, shorter items fill them. If few of the rows up to the next shape would be
// filled, the batch has the shape below, and the next batch begins with the rest.
func (q *Queue[T]) Next() (*Batch[T], bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.queued == 0 {
		if q.closed {
			return nil, false
		}
		q.arrived.Wait()
	}
	first := q.oldest()
	own := q.lines[line{first.Kind, first.bucket}]
	items := min(own.Len(), q.grid.Most(first.bucket))
	rows := q.grid.RowsFor(first.bucket, items)
	shorter := 0
	for b := first.bucket - 1; b >= 0; b-- {
		shorter += q.waiting(line{first.Kind, b})
	}
	if filled := min(rows, items+shorter); 4*filled < 3*rows {
		rows = q.grid.below(first.bucket, items)
	}
	batch := &Batch[T]{Kind: first.Kind, Shape: Shape{rows, q.grid.Lengths[first.bucket]}, Waited: q.now().Sub(first.since)}
	for b := first.bucket; b >= 0 && len(batch.Items) < rows; b-- {
		for q.waiting(line{first.Kind, b}) > 0 && len(batch.Items) < rows {
			i := q.lines[line{first.Kind, b}].Front().Value.(*Item[T])
			q.take(i)
			batch.Items = append(batch.Items, i)
		}
	}
	q.running += len(batch.Items)
	q.rate.begin(q.now())
	return batch, true
}

// waiting returns the number of items in a line.
func (q *Queue[T]) waiting(at line) int {
	if q.lines[at] == nil {
		return 0
	}
	return q.lines[at].Len()
}

// oldest returns the item that waits longest.
func (q *Queue[T]) oldest() *Item[T] {
	var oldest *Item[T]
	for _, l := range q.lines {
		if l.Len() == 0 {
			continue
		}
		if i := l.Front().Value.(*Item[T]); oldest == nil || i.number < oldest.number {
			oldest = i
		}
	}
	return oldest
}

// Done states that a batch is computed, or failed.
func (q *Queue[T]) Done(batch *Batch[T]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.running -= len(batch.Items)
	q.rate.end(q.now(), batch.Rows*batch.Length)
}

// Close ends the arrival of items. The waiting ones can still be taken with Next.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.arrived.Broadcast()
}

// State returns the numbers of items that wait and that are in batches.
func (q *Queue[T]) State() (queued, running int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.queued, q.running
}
