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

	number uint64        // in the order of Put
	since  time.Time     // Put
	place  *list.Element // in the line of its kind while it waits; nil otherwise
}

// Batch contains items that are computed together.
type Batch[T any] struct {
	Items  []*Item[T]
	Kind   int
	Size   int           // in tokens, padding included
	Waited time.Duration // of the oldest item

	taken int // tokens that the items take
}

// Tokens returns the number of tokens of the items.
func (b *Batch[T]) Tokens() int {
	n := 0
	for _, i := range b.Items {
		n += i.Tokens
	}
	return n
}

// Queue holds items that wait. It is safe for concurrent use.
type Queue[T any] struct {
	grid     Grid
	capacity int
	now      func() time.Time

	mu      sync.Mutex
	arrived sync.Cond
	closed  bool
	lines   map[int]*list.List // the waiting items of each kind, the oldest first
	number  uint64
	queued  int // items
	running int // items
	tokens  int // that the waiting items take
	rate    throughput
}

// New returns a queue for at most capacity waiting items.
func New[T any](grid Grid, capacity int, now func() time.Time) *Queue[T] {
	q := &Queue[T]{grid: grid, capacity: capacity, now: now, lines: map[int]*list.List{}}
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
		i.number, i.since = q.number, now
		if q.lines[i.Kind] == nil {
			q.lines[i.Kind] = list.New()
		}
		i.place = q.lines[i.Kind].PushBack(i)
		q.queued++
		q.tokens += q.grid.taken(i.Tokens)
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
	q.lines[i.Kind].Remove(i.place)
	i.place = nil
	q.queued--
	q.tokens -= q.grid.taken(i.Tokens)
}

// Next waits for an item and returns the next batch; false after Close when no item waits.
//
// The batch contains the oldest item and, in their order, those of its kind for which there is room.
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
	batch := &Batch[T]{Kind: first.Kind, Waited: q.now().Sub(first.since)}
	room := q.grid.room(q.grid.taken(first.Tokens))
	for e := q.lines[first.Kind].Front(); e != nil && batch.taken < room; {
		i := e.Value.(*Item[T])
		e = e.Next()
		if n := q.grid.taken(i.Tokens); batch.taken+n <= room {
			batch.taken += n
			q.take(i)
			batch.Items = append(batch.Items, i)
		}
	}
	batch.Size = q.grid.Size(batch.taken)
	q.running += len(batch.Items)
	q.rate.begin(q.now())
	return batch, true
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
	q.rate.end(q.now(), batch.taken)
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
