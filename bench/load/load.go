package main

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// asker sends request i.
type asker func(ctx context.Context, i int) (outcome, error)

// openLoop sends requests at random times with a mean of rate per second for the duration, and waits
// for their answers. A latency counts from the time at which the request was due, so that a slow
// client or service hides none of it.
func openLoop(ctx context.Context, ask asker, rate float64, duration time.Duration, seed uint64) *result {
	r := &result{}
	var running sync.WaitGroup
	start := time.Now()
	for i, due := range arrivals(rate, duration, seed) {
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
			r.add(time.Since(at), end, err)
		}()
	}
	running.Wait()
	r.wall = max(duration, time.Since(start))
	return r
}

// arrivals returns the times of a Poisson process in the duration.
func arrivals(rate float64, duration time.Duration, seed uint64) []time.Duration {
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

// closedLoop lets each of the clients send a request after the answer to its last one, for the
// duration.
func closedLoop(ctx context.Context, ask asker, clients int, duration time.Duration) *result {
	r := &result{}
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
				r.add(time.Since(began), end, err)
				if end == failed {
					time.Sleep(10 * time.Millisecond) // a service that is gone is not asked in a tight loop
				}
			}
		}()
	}
	running.Wait()
	r.wall = time.Since(start)
	return r
}

// highestRate returns the highest rate at which the service answers all but 1 % of the requests with a
// p99 of at most limit, and the result at this rate. measure measures a rate. The rates grow by a
// half up to the first that is too high; then five halvings of the interval follow.
func highestRate(limit time.Duration, first float64, measure func(rate float64) *result) (float64, *result) {
	fits := func(r *result) bool {
		lost := len(r.refusals) + r.failures
		return r.sent() > 0 && float64(lost) <= 0.01*float64(r.sent()) && percentile(r.latencies, 99) <= limit
	}
	low, high := 0.0, first
	var best *result
	for {
		r := measure(high)
		if !fits(r) {
			break
		}
		low, best = high, r
		high *= 1.5
	}
	for range 5 {
		middle := (low + high) / 2
		if r := measure(middle); fits(r) {
			low, best = middle, r
		} else {
			high = middle
		}
	}
	return low, best
}
