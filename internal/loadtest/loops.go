package loadtest

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Asker sends request i.
type Asker func(ctx context.Context, i int) (Outcome, error)

// OpenLoop sends requests at random times with a mean of rate per second for the duration, and waits
// for their answers. A latency counts from the time at which the request was due, so that a slow
// client or service hides none of it.
func OpenLoop(ctx context.Context, ask Asker, rate float64, duration time.Duration, seed uint64) *Result {
	r := &Result{}
	var running sync.WaitGroup
	start := time.Now()
	for i, due := range Arrivals(rate, duration, seed) {
		at := start.Add(due)
		select {
		case <-time.After(time.Until(at)):
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
		running.Add(1)
		go func() {
			defer running.Done()
			end, err := ask(ctx, i)
			r.Add(time.Since(at), end, err)
		}()
	}
	running.Wait()
	r.Wall = max(duration, time.Since(start))
	return r
}

// Arrivals returns the times of a Poisson process in the duration.
func Arrivals(rate float64, duration time.Duration, seed uint64) []time.Duration {
	random := rand.New(rand.NewPCG(seed, 2))
	var times []time.Duration
	for at := 0.0; ; {
		at += random.ExpFloat64() / rate
		if due := time.Duration(at * float64(time.Second)); due < duration {
			times = append(times, due)
		} else {
			return times
		}
	}
}

// ClosedLoop lets each of the clients send a request after the answer to its last one, for the
// duration.
func ClosedLoop(ctx context.Context, ask Asker, clients int, duration time.Duration) *Result {
	r := &Result{}
	var running sync.WaitGroup
	var next atomic.Int64
	start := time.Now()
	for range clients {
		running.Add(1)
		go func() {
			defer running.Done()
			for time.Since(start) < duration && ctx.Err() == nil {
				began := time.Now()
				end, err := ask(ctx, int(next.Add(1)-1))
				r.Add(time.Since(began), end, err)
				if end == Failed {
					time.Sleep(10 * time.Millisecond) // a service that is gone is not asked in a tight loop
				}
			}
		}()
	}
	running.Wait()
	r.Wall = time.Since(start)
	return r
}
