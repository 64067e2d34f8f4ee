package show

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/loadtest"
	"github.com/lorabook/lorabook/pkg/classify"
)

// answering returns a service that answers each request with the status of its number, and the number
// of its requests.
func answering(t *testing.T, status func(n int64) int) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		code := status(requests.Add(1))
		if code == http.StatusTooManyRequests {
			w.Header().Set("Retry-After", "1")
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(`{"answers": [{"label": "pos"}]}`))
	}))
	t.Cleanup(server.Close)
	return server, &requests
}

// TestLatencyUnderLoad: a table with a row for each rate, in ascending order, and a chart, with the
// texts in a batch if the service has counters.
func TestLatencyUnderLoad(t *testing.T) {
	server, requests := answering(t, func(int64) int { return http.StatusOK })
	load := Load{URL: server.URL, Texts: []string{"a", "b"}, Adapters: []string{"x"}, Clients: 2, Shares: []float64{0.5, 0.25}, Duration: 20 * time.Millisecond}
	f, err := LatencyUnderLoad(t.Context(), load)
	if err != nil || len(f.Tables) != 1 || f.Tables[0].Len() != 2 || len(f.Charts) != 1 {
		t.Fatalf("%+v, %v", f, err)
	}
	if text := f.Charts[0].Text(); !strings.Contains(text, "The capacity is") || !strings.Contains(text, "At 50 % of it") || strings.Contains(text, "texts in a batch") {
		t.Errorf("the chart is %s", text)
	}
	load.Stats = func() classify.ServiceStats { // three texts in each batch
		n := requests.Load()
		return classify.ServiceStats{Batches: n, Answered: 3 * n}
	}
	if f, err = LatencyUnderLoad(t.Context(), load); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{f.Charts[0].Text(), f.Tables[0].Text()} {
		if !strings.Contains(text, "texts in a batch") {
			t.Errorf("no batches in %s", text)
		}
	}
}

// TestLoadTakeaway: the highest rate within the capacity, and the highest above it.
func TestLoadTakeaway(t *testing.T) {
	level := func(rate float64, refusals int, latencies ...time.Duration) loadLevel {
		return loadLevel{rate: rate, result: &loadtest.Result{Latencies: latencies, Refusals: make([]time.Duration, refusals)}}
	}
	levels := []loadLevel{
		level(10, 0, time.Millisecond), level(90, 0, 5*time.Millisecond, 6*time.Millisecond), level(120, 1, 7*time.Millisecond),
		level(160, 3, 20*time.Millisecond),
	}
	if got, want := loadTakeaway(levels, 100), "The capacity is 100 answers per second. At 90 % of it, half of the answers take at most 5ms. At 160 %, 75 % of the requests are refused, and 99 % of the answers take at most 20ms."; got != want {
		t.Errorf("%s\nexpected %s", got, want)
	}
	if got, want := loadTakeaway([]loadLevel{level(160, 2)}, 100), "The capacity is 100 answers per second. At 160 %, 100 % of the requests are refused."; got != want {
		t.Errorf("%s\nexpected %s", got, want)
	}
}

// TestLatencyUnderLoadRefuses: settings that cannot be used, a service that fails, and the end of the
// context.
func TestLatencyUnderLoadRefuses(t *testing.T) {
	good, _ := answering(t, func(int64) int { return http.StatusOK })
	bad, _ := answering(t, func(int64) int { return http.StatusInternalServerError })
	busy, _ := answering(t, func(int64) int { return http.StatusTooManyRequests })
	texts := []string{"a"}
	for want, load := range map[string]Load{
		"the URL is empty":        {Texts: texts},
		"there are no texts":      {URL: good.URL},
		"expected values above 0": {URL: good.URL, Texts: texts, Clients: -1},
		"expected one or more":    {URL: good.URL, Texts: texts, Shares: []float64{0.5, 0}},
		"500 Internal":            {URL: bad.URL, Texts: texts, Clients: 1, Duration: time.Millisecond},
		"answered none of":        {URL: busy.URL, Texts: texts, Clients: 1, Duration: time.Millisecond},
	} {
		if _, err := LatencyUnderLoad(t.Context(), load); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, expected an error with %q", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := LatencyUnderLoad(ctx, Load{URL: good.URL, Texts: texts}); err == nil {
		t.Error("a measurement after the end of its context")
	}
}

// TestExchange: what is sent and shown, also of an error.
func TestExchange(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method + r.Header.Get("Content-Type") {
		case "GET":
			_, _ = w.Write([]byte(`{"models": [{"name": "a", "labels": ["x", "y"]}], "n": {"m": 1}}`))
		case "POSTapplication/json":
			w.WriteHeader(http.StatusNotFound)
			_, _ = w.Write([]byte("no JSON"))
		default:
			t.Errorf("%s %v", r.Method, r.Header)
		}
	}))
	defer server.Close()
	f, err := Exchange(t.Context(), server.URL, nil)
	if want := "curl " + server.URL + "\n200 OK\n{\n  \"models\": [\n    {\n      \"name\": \"a\",\n      \"labels\": [\"x\", \"y\"]\n    }\n  ],\n  \"n\": {\"m\": 1}\n}"; err != nil || strings.Join(f.Notes, "\n") != want {
		t.Errorf("%q, %v", f.Notes, err)
	}
	f, err = Exchange(t.Context(), server.URL, map[string]any{"inputs": "it's <good>"})
	if want := `curl --json '{"inputs":"it'\''s <good>"}' ` + server.URL + "\n404 Not Found\nno JSON"; err != nil || strings.Join(f.Notes, "\n") != want {
		t.Errorf("%q, %v", f.Notes, err)
	}
	if _, err := Exchange(t.Context(), server.URL, func() {}); err == nil || !strings.Contains(err.Error(), "the body") {
		t.Errorf("%v", err)
	}
	server.Close()
	if _, err := Exchange(t.Context(), server.URL, nil); err == nil {
		t.Error("an answer of a server that is gone")
	}
}
