package loadtest

import (
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// TestArrivals: the number and the variance of the gaps are those of a Poisson process, and the seed
// determines the times.
func TestArrivals(t *testing.T) {
	times := Arrivals(100, 100*time.Second, 1)
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
	if !slices.Equal(times, Arrivals(100, 100*time.Second, 1)) || slices.Equal(times[:9], Arrivals(100, 100*time.Second, 2)[:9]) {
		t.Error("the seed does not determine the times")
	}
}

func TestPercentile(t *testing.T) {
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(200-i))
	}
	for p, want := range map[float64]time.Duration{0: 1, 0.5: 1, 50: 100, 99: 198, 100: 200} {
		if got := Percentile(times, p); got != want {
			t.Errorf("percentile %v is %d, expected %d", p, got, want)
		}
	}
	if Percentile(nil, 99) != 0 {
		t.Error("the percentile of nothing")
	}
}

// TestOpenLoopCountsWaiting: a latency counts from the time at which a request was due, for requests
// of a service that answers none before the last arrived.
func TestOpenLoopCountsWaiting(t *testing.T) {
	const duration = 50 * time.Millisecond
	want := len(Arrivals(400, duration, 3))
	var arrived atomic.Int64
	all := make(chan struct{})
	r := OpenLoop(t.Context(), func(ctx context.Context, i int) (Outcome, error) {
		if arrived.Add(1) == int64(want) {
			close(all)
		}
		<-all
		return Outcome(i % 3), errors.New("a failure")
	}, 400, duration, 3)
	if r.Sent() != want || len(r.Refusals) != (want+1)/3 || r.Failures != want/3 || r.LastError != "a failure" {
		t.Errorf("%v of %d", r, want)
	}
	due := Arrivals(400, duration, 3)
	if least := due[want-1] - due[0]; Percentile(r.Latencies, 100) < least {
		t.Errorf("the largest latency is %v, the first request waited at least %v", Percentile(r.Latencies, 100), least)
	}
	if r.Wall < duration {
		t.Errorf("the measurement took %v", r.Wall)
	}
}

// TestOpenLoopEnds: the end of the context ends the measurement.
func TestOpenLoopEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r := OpenLoop(ctx, func(context.Context, int) (Outcome, error) { cancel(); return Answered, nil }, 1000, time.Hour, 1)
	if r.Sent() == 0 {
		t.Errorf("%v", r)
	}
}

func TestClosedLoop(t *testing.T) {
	var running, most atomic.Int64
	release := make(chan struct{})
	r := ClosedLoop(t.Context(), func(context.Context, int) (Outcome, error) {
		if n := running.Add(1); n == 4 {
			most.Store(n)
			close(release)
		}
		<-release
		return Answered, nil
	}, 4, time.Millisecond)
	if most.Load() != 4 || r.Sent() < 4 || r.PerSecond() <= 0 {
		t.Errorf("%d at once, %v", most.Load(), r)
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
	c, err := NewClient(server.URL, "t", []string{"a text"}, []string{"a", "b"}, func(n int) int { return n - 1 }, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		status      int
		body, retry string
		want        Outcome
	}{
		{200, `{"answers": [{}]}`, "", Answered},
		{200, `{"answers": []}`, "", Failed},
		{200, `{`, "", Failed},
		{429, `{}`, "1", Refused},
		{503, `{}`, "1", Refused},
		{429, `{}`, "", Failed},
		{500, `{}`, "", Failed},
	} {
		status, body, retry = test.status, test.body, test.retry
		if got, err := c.Ask(t.Context(), 5); got != test.want || (err != nil) != (test.want == Failed) {
			t.Errorf("%+v: %v, %v", test, got, err)
		}
	}
	server.Close()
	if got, err := c.Ask(t.Context(), 0); got != Failed || err == nil {
		t.Errorf("a server that is gone: %v, %v", got, err)
	}
}
