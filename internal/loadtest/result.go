package loadtest

import (
	"fmt"
	"math"
	"slices"
	"sync"
	"time"
)

// Outcome is the end of one request.
type Outcome int

// The ends of a request.
const (
	Answered Outcome = iota
	Refused          // 429 or 503 with Retry-After
	Failed
)

// Result is what a measurement counted. Its fields are complete when the measurement has ended.
type Result struct {
	mu        sync.Mutex
	Latencies []time.Duration // of answered requests
	Refusals  []time.Duration // of refused requests
	Failures  int
	LastError string
	Wall      time.Duration // from the beginning to the last answer, at least the measurement's duration in an open loop
}

// Add counts a request. It is safe for concurrent use.
func (r *Result) Add(took time.Duration, end Outcome, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch end {
	case Answered:
		r.Latencies = append(r.Latencies, took)
	case Refused:
		r.Refusals = append(r.Refusals, took)
	default:
		r.Failures++
		if err != nil {
			r.LastError = err.Error()
		}
	}
}

// Sent returns the number of requests.
func (r *Result) Sent() int { return len(r.Latencies) + len(r.Refusals) + r.Failures }

// PerSecond returns the answers per second.
func (r *Result) PerSecond() float64 {
	if r.Wall <= 0 {
		return 0
	}
	return float64(len(r.Latencies)) / r.Wall.Seconds()
}

// String returns the result in one line.
func (r *Result) String() string {
	text := fmt.Sprintf("%d requests, %.2f answers/s, p50 %s, p99 %s, largest %s", r.Sent(), r.PerSecond(),
		Short(Percentile(r.Latencies, 50)), Short(Percentile(r.Latencies, 99)), Short(Percentile(r.Latencies, 100)))
	if len(r.Refusals) > 0 {
		text += fmt.Sprintf("; %d refused (p99 %s)", len(r.Refusals), Short(Percentile(r.Refusals, 99)))
	}
	if r.Failures > 0 {
		text += fmt.Sprintf("; %d failed, the last one: %s", r.Failures, r.LastError)
	}
	return text
}

// Percentile returns the smallest of the times that at least p per cent of them do not exceed, 0 of no
// times.
func Percentile(times []time.Duration, p float64) time.Duration {
	if len(times) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(times))
	at := int(math.Ceil(p/100*float64(len(sorted)))) - 1
	return sorted[max(0, at)]
}

// Short returns a time with three digits.
func Short(d time.Duration) string {
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
