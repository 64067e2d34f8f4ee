package queue

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"
)

// clock is a time that tests move.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var grid = Grid{Sizes: []int{8, 32, 64, 128}, Block: 8, Tokens: 64}

func TestGrid(t *testing.T) {
	for tokens := 1; tokens <= 128; tokens++ {
		taken := grid.taken(tokens)
		if taken < tokens || taken >= tokens+8 || taken%8 != 0 {
			t.Errorf("%d tokens take %d, expected the next multiple of 8", tokens, taken)
		}
		size := grid.Size(tokens)
		if i := slices.Index(grid.Sizes, size); size < taken || i < 0 || i > 0 && grid.Sizes[i-1] >= tokens {
			t.Errorf("%d tokens have the size %d, expected the next of %d", tokens, size, grid.Sizes)
		}
		if room, want := grid.room(taken), max(64, size); room != want {
			t.Errorf("%d tokens are in a batch of at most %d, expected %d", tokens, room, want)
		}
	}
	small := Grid{Sizes: []int{32, 128}, Block: 8, Tokens: 16} // below all sizes
	if got := small.room(8); got != 32 {
		t.Errorf("the room is %d, expected the smallest size", got)
	}
}

// put adds items with these numbers of tokens, whose values are their numbers.
func put(t *testing.T, q *Queue[int], kind int, tokens ...int) []*Item[int] {
	t.Helper()
	var items []*Item[int]
	for i, n := range tokens {
		items = append(items, &Item[int]{Value: i, Tokens: n, Kind: kind})
	}
	if err := q.Put(items); err != nil {
		t.Fatal(err)
	}
	return items
}

// batches takes all batches, described by shape and values.
func batches(q *Queue[int]) string {
	q.Close()
	out := ""
	for {
		b, ok := q.Next()
		if !ok {
			return out
		}
		var values []int
		for _, i := range b.Items {
			values = append(values, i.Value)
		}
		out += fmt.Sprintf("%d%v ", b.Size, values)
		q.Done(b)
	}
}

func TestBatches(t *testing.T) {
	repeat := func(n, tokens int) []int { return slices.Repeat([]int{tokens}, n) }
	for _, c := range []struct {
		tokens []int
		want   string
	}{
		{[]int{5}, "8[0] "},
		{[]int{30, 5, 30}, "64[0 1] 32[2] "},
		{[]int{30, 5, 30, 20, 9}, "64[0 1 3] 64[2 4] "}, // those for which there is room, in their order
		{[]int{5, 128, 5, 128, 5}, "32[0 2 4] 128[1] 128[3] "},
		{[]int{100, 30, 20, 5, 8}, "128[0 2] 64[1 3 4] "}, // beside a longer text
		{repeat(7, 30), "64[0 1] 64[2 3] 64[4 5] 32[6] "},
		{repeat(9, 8), "64[0 1 2 3 4 5 6 7] 8[8] "},
		{repeat(8, 9), "64[0 1 2 3] 64[4 5 6 7] "},
	} {
		q := New[int](grid, 100, (&clock{}).time)
		put(t, q, 0, c.tokens...)
		if got := batches(q); got != c.want {
			t.Errorf("%v: the batches are %s, expected %s", c.tokens, got, c.want)
		}
	}
	q := New[int](grid, 100, (&clock{}).time)
	put(t, q, 0, 5, 5)
	put(t, q, 1, 5)
	put(t, q, 0, 5, 5)
	if got, want := batches(q), "32[0 1 0 1] 8[0] "; got != want {
		t.Errorf("two kinds: the batches are %s, expected %s", got, want)
	}
}

// A long text is in the next batch when it is the oldest one, however many short ones arrive.
func TestNoStarvation(t *testing.T) {
	q := New[int](grid, 1000, (&clock{}).time)
	put(t, q, 0, slices.Repeat([]int{5}, 20)...)
	long := put(t, q, 0, 128)[0]
	for range 3 { // 8 items each, the last of which are later ones
		b, _ := q.Next()
		if len(b.Items) != 8 || slices.Contains(b.Items, long) {
			t.Fatalf("a batch of %d items, the long one among them: %v", len(b.Items), slices.Contains(b.Items, long))
		}
		put(t, q, 0, slices.Repeat([]int{5}, 10)...)
	}
	if b, _ := q.Next(); !slices.Contains(b.Items, long) {
		t.Error("a long text waits for later ones")
	}
}

func TestFull(t *testing.T) {
	c := &clock{}
	q := New[int](grid, 4, c.time)
	put(t, q, 0, 5, 5, 5)
	var full *FullError
	if err := q.Put(make([]*Item[int], 2)); !errors.As(err, &full) || *full != (FullError{3, 4, 0}) {
		t.Errorf("the error is %v, expected one of 3 of 4 items", err)
	}
	b, _ := q.Next() // 3 x 8 of 32
	c.move(time.Second)
	q.Done(b)
	c.move(time.Hour) // idle time does not count
	put(t, q, 0, 128, 5, 5, 20)
	if err := q.Put(make([]*Item[int], 1)); !errors.As(err, &full) || full.RetryAfter != time.Duration(float64(time.Second)*(128+40)/24) {
		t.Errorf("the error is %+v, expected the time for 168 tokens at 24 a second", full)
	}
	first, _ := q.Next()
	c.move(time.Second)
	second, _ := q.Next()
	if first.Waited != 0 || second.Waited != time.Second {
		t.Errorf("waited %v and %v, expected 0 and a second", first.Waited, second.Waited)
	}
	if queued, running := q.State(); queued != 0 || running != 4 {
		t.Errorf("%d wait and %d run, expected none and 4", queued, running)
	}
}

func TestThroughputForgets(t *testing.T) {
	var r throughput
	now := time.Time{}
	run := func(n int, d time.Duration, tokens int) {
		for range n {
			r.begin(now)
			now = now.Add(d)
			r.end(now, tokens)
		}
	}
	run(100, time.Second, 100)
	run(100, time.Second, 1000)
	if got := r.duration(1000); got < 990*time.Millisecond || got > 1010*time.Millisecond {
		t.Errorf("1000 tokens take %v at 1000 a second", got)
	}
}

func TestRemove(t *testing.T) {
	q := New[int](grid, 10, (&clock{}).time)
	items := put(t, q, 0, 5, 5, 30, 5)
	if n := q.Remove(items[1:3]); n != 2 {
		t.Errorf("%d items removed, expected 2", n)
	}
	b, _ := q.Next()
	if n := q.Remove(items); n != 0 || len(b.Items) != 2 || b.Items[1] != items[3] {
		t.Errorf("%d items removed from a batch; it has %d", n, len(b.Items))
	}
	if queued, _ := q.State(); queued != 0 {
		t.Errorf("%d wait", queued)
	}
}

// Each item of many goroutines is in one batch, or removed, also while the queue closes.
func TestConcurrent(t *testing.T) {
	q := New[int](grid, 64, time.Now)
	var mu sync.Mutex
	taken := map[*Item[int]]int{}
	var takers, putters sync.WaitGroup
	for range 3 {
		takers.Go(func() {
			for {
				b, ok := q.Next()
				if !ok {
					return
				}
				mu.Lock()
				for _, i := range b.Items {
					taken[i]++
					if i.Kind != b.Kind {
						t.Errorf("an item of kind %d in a batch of kind %d", i.Kind, b.Kind)
					}
				}
				if n := b.Tokens(); n > b.Size || !slices.Contains(grid.Sizes, b.Size) {
					t.Errorf("%d tokens in a batch of %d", n, b.Size)
				}
				mu.Unlock()
				q.Done(b)
			}
		})
	}
	accepted, removed := 0, 0
	for seed := range 8 {
		putters.Go(func() {
			r := rand.New(rand.NewPCG(uint64(seed), 1))
			for range 300 {
				items := make([]*Item[int], 1+r.IntN(5))
				for i := range items {
					items[i] = &Item[int]{Tokens: 1 + r.IntN(128), Kind: r.IntN(2)}
				}
				if err := q.Put(items); err != nil {
					continue
				}
				gone := 0
				if r.IntN(4) == 0 {
					gone = q.Remove(items)
				}
				mu.Lock()
				accepted, removed = accepted+len(items), removed+gone
				mu.Unlock()
			}
		})
	}
	putters.Wait()
	q.Close()
	takers.Wait()
	if len(taken)+removed != accepted {
		t.Errorf("%d items in batches and %d removed, of %d", len(taken), removed, accepted)
	}
	for _, n := range taken {
		if n != 1 {
			t.Errorf("an item is in %d batches", n)
		}
	}
	if err := q.Put([]*Item[int]{{Tokens: 1}}); !errors.Is(err, ErrClosed) {
		t.Errorf("the error is %v", err)
	}
}
