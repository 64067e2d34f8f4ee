package main

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// TestArrivals: the number and the variance of the gaps are those of a Poisson process, and the seed
// determines the times.
func TestArrivals(t *testing.T) {
	times := arrivals(100, 100*time.Second, 1)
	if n := float64(len(times)); math.Abs(n-10_000) > 400 { // four standard deviations
		t.Errorf("%v arrivals, expected about 10,000", n)
	}
	if !slices.IsSorted(times) || times[len(times)-1] >= 100*time.Second {
		t.Error("the times are not in order, or too late")
	}
	var mean, square float64
	for i := 1; i < len(times); i++ {
		gap := (times[i] - times[i-1]).Seconds()
		mean += gap / float64(len(times)-1)
		square += gap * gap / float64(len(times)-1)
	}
	if variation := math.Sqrt(square-mean*mean) / mean; math.Abs(variation-1) > 0.05 {
		t.Errorf("the gaps' standard deviation is %.3f of their mean, expected 1", variation)
	}
	if !slices.Equal(times, arrivals(100, 100*time.Second, 1)) || slices.Equal(times[:9], arrivals(100, 100*time.Second, 2)[:9]) {
		t.Error("the seed does not determine the times")
	}
}

func TestPercentile(t *testing.T) {
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(200-i))
	}
	for p, want := range map[float64]time.Duration{0: 1, 0.5: 1, 50: 100, 99: 198, 100: 200} {
		if got := percentile(times, p); got != want {
			t.Errorf("percentile %v is %d, expected %d", p, got, want)
		}
	}
	if percentile(nil, 99) != 0 {
		t.Error("the percentile of nothing")
	}
}

// TestOpenLoopCountsWaiting: a latency counts from the time at which a request was due, for requests
// of a service that answers none before the last arrived.
func TestOpenLoopCountsWaiting(t *testing.T) {
	const duration = 50 * time.Millisecond
	want := len(arrivals(400, duration, 3))
	var arrived atomic.Int64
	all := make(chan struct{})
	r := openLoop(t.Context(), func(ctx context.Context, i int) (outcome, error) {
		if arrived.Add(1) == int64(want) {
			close(all)
		}
		<-all
		return outcome(i % 3), errors.New("a failure")
	}, 400, duration, 3)
	if r.sent() != want || len(r.refusals) != (want+1)/3 || r.failures != want/3 || r.lastError != "a failure" {
		t.Errorf("%v of %d", r, want)
	}
	due := arrivals(400, duration, 3)
	if least := due[want-1] - due[0]; percentile(r.latencies, 100) < least {
		t.Errorf("the largest latency is %v, the first request waited at least %v", percentile(r.latencies, 100), least)
	}
	if r.wall < duration {
		t.Errorf("the measurement took %v", r.wall)
	}
}

// TestOpenLoopEnds: the end of the context ends the measurement.
func TestOpenLoopEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := openLoop(ctx, func(context.Context, int) (outcome, error) { cancel(); return answered, nil }, 1000, time.Hour, 1)
	if r.sent() == 0 {
		t.Errorf("%v", r)
	}
}

func TestClosedLoop(t *testing.T) {
	var running, most atomic.Int64
	release := make(chan struct{})
	r := closedLoop(t.Context(), func(context.Context, int) (outcome, error) {
		if n := running.Add(1); n == 4 {
			most.Store(n)
			close(release)
		}
		<-release
		return answered, nil
	}, 4, time.Millisecond)
	if most.Load() != 4 || r.sent() < 4 || r.perSecond() <= 0 {
		t.Errorf("%d at once, %v", most.Load(), r)
	}
}

// TestHighestRate finds the capacity of a service whose p99 depends on the rate alone.
func TestHighestRate(t *testing.T) {
	rate, r := highestRate(time.Second, 1, func(rate float64) *result {
		r := &result{wall: time.Second}
		for range 100 {
			r.add(time.Duration(rate/37*float64(time.Second)), answered, nil)
		}
		return r
	})
	if rate > 37 || rate < 36 || r == nil {
		t.Errorf("found %v, expected almost 37", rate)
	}
	if rate, r := highestRate(time.Second, 8, func(float64) *result { return &result{failures: 1} }); rate != 0 || r != nil {
		t.Errorf("a service that never answers has the rate %v", rate)
	}
}

// TestClient: what a request contains, and what counts as which end.
func TestClient(t *testing.T) {
	status, body, retry := http.StatusOK, `{"answers": [{}]}`, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		if err != nil || string(got) != `{"adapter":"b","inputs":["a text"]}` || r.Header.Get("Content-Type") != "application/json" || r.Header.Get("Authorization") != "Bearer t" || r.URL.Path != "/v1/classify" {
			t.Errorf("%s %v %s: %v", r.URL, r.Header, got, err)
		}
		if retry != "" {
			w.Header().Set("Retry-After", retry)
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
	}))
	defer server.Close()
	c, err := newClient(server.URL, "t", []string{"a text"}, []string{"a", "b"}, func(n int) int { return n - 1 }, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		status      int
		body, retry string
		want        outcome
	}{
		{200, `{"answers": [{}]}`, "", answered},
		{200, `{"answers": []}`, "", failed},
		{200, `{`, "", failed},
		{429, `{}`, "1", refused},
		{503, `{}`, "1", refused},
		{429, `{}`, "", failed},
		{500, `{}`, "", failed},
	} {
		status, body, retry = test.status, test.body, test.retry
		if got, err := c.ask(t.Context(), 5); got != test.want || (err != nil) != (test.want == failed) {
			t.Errorf("%+v: %v, %v", test, got, err)
		}
	}
	server.Close()
	if got, err := c.ask(t.Context(), 0); got != failed || err == nil {
		t.Errorf("a server that is gone: %v, %v", got, err)
	}
}

// TestTexts: the lengths have the medians, and the seed determines the texts.
func TestTexts(t *testing.T) {
	for _, l := range lengths {
		texts, err := l.texts(t.Context(), 1001, 1)
		if err != nil {
			t.Fatal(err)
		}
		words := make([]int, len(texts))
		for i, text := range texts {
			words[i] = len(strings.Fields(text))
		}
		slices.Sort(words)
		if median := float64(words[500]); median < 0.9*l.median || median > 1.1*l.median || words[0] < l.least || words[1000] > l.limit {
			t.Errorf("%s: median %v, from %d to %d", l.name, median, words[0], words[1000])
		}
		again, err := l.texts(t.Context(), 1001, 1)
		if err != nil || !slices.Equal(texts, again) {
			t.Errorf("%s: the seed does not determine the texts: %v", l.name, err)
		}
	}
	if _, err := lengthByName("long"); err == nil || !strings.Contains(err.Error(), "imdb") {
		t.Errorf("%v", err)
	}
}
