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

var grid = Grid{Lengths: []int{8, 32, 128}, Tokens: 256}

func TestGrid(t *testing.T) {
	want := "[{1 8} {2 8} {4 8} {1 32} {8 8} {2 32} {16 8} {4 32} {1 128} {32 8} {8 32} {2 128}]"
	if got := fmt.Sprint(grid.Shapes()); got != want {
		t.Errorf("the shapes are %s, expected %s", got, want)
	}
	odd := Grid{Lengths: []int{96, 300}, Tokens: 1000} // 10 and 3 rows
	if got := fmt.Sprint(odd.Shapes()); got != "[{1 96} {2 96} {1 300} {4 96} {2 300} {8 96} {3 300} {10 96}]" {
		t.Errorf("the shapes are %s", got)
	}
	for _, g := range []Grid{grid, odd} {
		for tokens := 1; tokens <= g.Lengths[len(g.Lengths)-1]; tokens++ {
			bucket := g.Bucket(tokens)
			if g.Lengths[bucket] < tokens || bucket > 0 && g.Lengths[bucket-1] >= tokens {
				t.Fatalf("%d tokens are in the bucket of %d", tokens, g.Lengths[bucket])
			}
			for n := 1; n <= g.Most(bucket); n++ {
				up, down := g.RowsFor(bucket, n), g.below(bucket, n)
				for _, rows := range []int{up, down} {
					if !slices.Contains(g.Shapes(), Shape{rows, g.Lengths[bucket]}) {
						t.Fatalf("%d rows of %d are no shape", rows, g.Lengths[bucket])
					}
				}
				if up < n || down > n || down*2 < n && down != g.Most(bucket) {
					t.Fatalf("%d items: %d or %d rows", n, down, up)
				}
			}
		}
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
		out += fmt.Sprintf("%dx%d%v ", b.Rows, b.Length, values)
		q.Done(b)
	}
}

func TestBatches(t *testing.T) {
	repeat := func(n, tokens int) []int { return slices.Repeat([]int{tokens}, n) }
	for _, c := range []struct {
		tokens []int
		want   string
	}{
		{[]int{5}, "1x8[0] "},
		{[]int{30, 5, 30}, "2x32[0 2] 1x8[1] "},              // each length for itself
		{[]int{30, 5, 30, 30}, "4x32[0 2 3 1] "},             // a shorter one fills a row
		{[]int{5, 128, 5, 128, 5}, "4x8[0 2 4] 2x128[1 3] "}, // the oldest first
		{repeat(5, 30), "4x32[0 1 2 3] 1x32[4] "},            // rather than 3 rows of filler
		{repeat(7, 30), "8x32[0 1 2 3 4 5 6] "},              // rather than three batches
		{repeat(9, 30), "8x32[0 1 2 3 4 5 6 7] 1x32[8] "},
		{append(repeat(3, 128), 9), "2x128[0 1] 1x128[2] 1x32[3] "},
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
	if got, want := batches(q), "4x8[0 1 0 1] 1x8[0] "; got != want {
		t.Errorf("two kinds: the batches are %s, expected %s", got, want)
	}
}

// A text of a rare length is in the next batch, however many of another length arrive.
func TestNoStarvation(t *testing.T) {
	q := New[int](grid, 1000, (&clock{}).time)
	put(t, q, 0, slices.Repeat([]int{5}, 100)...)
	rare := put(t, q, 0, 128)[0]
	after := put(t, q, 0, slices.Repeat([]int{5}, 100)...)
	for range 4 { // 32 items each: the 100 before the rare one
		b, _ := q.Next()
		if slices.Contains(b.Items, rare) {
			t.Fatal("the rare length is before older ones")
		}
		put(t, q, 0, slices.Repeat([]int{5}, 32)...)
	}
	if b, _ := q.Next(); !slices.Contains(b.Items, rare) {
		t.Errorf("a text of a rare length waits; the batch has %d items, one of the later ones: %v", len(b.Items), slices.Contains(b.Items, after[50]))
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
	b, _ := q.Next() // 4 x 8
	c.move(time.Second)
	q.Done(b)
	c.move(time.Hour) // idle time does not count
	put(t, q, 0, 128, 5, 5, 5)
	if err := q.Put(make([]*Item[int], 1)); !errors.As(err, &full) || full.RetryAfter != time.Duration(float64(time.Second)*(128+24)/32) {
		t.Errorf("the error is %+v, expected the time for 152 tokens at 32 a second", full)
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
					if i.Tokens > b.Length || len(b.Items) > b.Rows || i.Kind != b.Kind {
						t.Errorf("an item of %d tokens in %+v", i.Tokens, b.Shape)
					}
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
