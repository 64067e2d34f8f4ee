package main

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// outcome is the end of one request.
type outcome int

const (
	answered outcome = iota
	refused          // 429 or 503 with Retry-After
	failed
)

// result is what a measurement counted. It is safe for concurrent use.
type result struct {
	mu        sync.Mutex
	latencies []time.Duration // of answered requests
	refusals  []time.Duration // of refused requests
	failures  int
	lastError string
	wall      time.Duration
}

// add counts a request.
func (r *result) add(took time.Duration, end outcome, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch end {
	case answered:
		r.latencies = append(r.latencies, took)
	case refused:
		r.refusals = append(r.refusals, took)
	default:
		r.failures++
		if err != nil {
			r.lastError = err.Error()
		}
	}
}

// sent returns the number of requests.
func (r *result) sent() int { return len(r.latencies) + len(r.refusals) + r.failures }

// perSecond returns the answers per second.
func (r *result) perSecond() float64 {
	if r.wall <= 0 {
		return 0
	}
	return float64(len(r.latencies)) / r.wall.Seconds()
}

// String returns the result in one line.
func (r *result) String() string {
	text := fmt.Sprintf("%d requests, %.2f answers/s, p50 %s, p99 %s, largest %s", r.sent(), r.perSecond(),
		short(percentile(r.latencies, 50)), short(percentile(r.latencies, 99)), short(percentile(r.latencies, 100)))
	if len(r.refusals) > 0 {
		text += fmt.Sprintf("; %d refused (p99 %s)", len(r.refusals), short(percentile(r.refusals, 99)))
	}
	if r.failures > 0 {
		text += fmt.Sprintf("; %d failed, the last one: %s", r.failures, r.lastError)
	}
	return text
}

// percentile returns the smallest of the times that at least p per cent of them do not exceed, 0 of no
// times.
func percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	at := int(math.Ceil(p/100*float64(len(sorted)))) - 1
	return sorted[max(0, at)]
}

// short returns a time with three digits.
func short(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return d.Round(100 * time.Millisecond).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= 10*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}
