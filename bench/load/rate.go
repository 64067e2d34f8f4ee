package main

import (
	"time"

	"github.com/lorabook/lorabook/internal/loadtest"
)

// highestRate returns the highest rate at which the service answers all but 1 % of the requests with a
// p99 of at most limit, and the result at this rate. measure measures a rate. The rates grow by a
// half up to the first that is too high; then five halvings of the interval follow.
func highestRate(limit time.Duration, first float64, measure func(rate float64) *loadtest.Result) (float64, *loadtest.Result) {
	fits := func(r *loadtest.Result) bool {
		lost := len(r.Refusals) + r.Failures
		return r.Sent() > 0 && float64(lost) <= 0.01*float64(r.Sent()) && loadtest.Percentile(r.Latencies, 99) <= limit
	}
	low, high := 0.0, first
	var best *loadtest.Result
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
