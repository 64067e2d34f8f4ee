package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// quiet is a logger that writes nothing.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// scrape returns the metrics.
func scrape(t *testing.T, h *Handler, headers ...string) string {
	t.Helper()
	got := ask(t, h, http.MethodGet, "/metrics", "", headers...)
	if got.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", got.StatusCode, got.body)
	}
	return string(got.body)
}

const small = `{"inputs": "odd", "adapter": "films"}`

func TestModels(t *testing.T) {
	got := ask(t, handlerOf(t, newFake(), Options{Logger: quiet()}), http.MethodGet, "/v1/models", "")
	var list modelList
	if err := json.Unmarshal(got.body, &list); err != nil || got.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", got.StatusCode, got.body)
	}
	if list.Model != "lorabook-tiny" || list.Revision != "main" || len(list.Adapters) != 4 || list.Adapters[0].Name != "films" || list.Adapters[0].Task != "single_label_classification" ||
		list.Adapters[3].Labels[1] != "law" || list.Adapters[0].Loaded.Unix() != 1e9 || list.Adapters[3].Thresholds["law"] != 0.5 || !list.Adapters[1].Pairs || !list.Adapters[0].Resident {
		t.Errorf("%s", got.body)
	}
	if a := list.Adapters; a[0].Repository != "owner/films" || len(a[0].Commit) != 40 || strings.Count(string(got.body), "commit") != 1 {
		t.Errorf("the places on the hub: %s", got.body)
	}
	if got := ask(t, handlerOf(t, &fake{}, Options{Logger: quiet()}), http.MethodGet, "/v1/models", ""); !strings.Contains(string(got.body), `"adapters":[]`) {
		t.Errorf("no adapters: %s", got.body)
	}
}

func TestMethodsAndPaths(t *testing.T) {
	h := handlerOf(t, newFake(), Options{Logger: quiet()})
	for _, test := range []struct{ method, path, allow string }{
		{http.MethodGet, "/v1/classify", "POST"},
		{http.MethodPost, "/v1/models", "GET, HEAD"},
		{http.MethodDelete, "/healthz", "GET, HEAD"},
		{"BREW", "/metrics", "GET, HEAD"},
		{http.MethodHead, "/v1/classify", "POST"},
	} {
		got := ask(t, h, test.method, test.path, "")
		if p := got.problem(t, kindMethod); got.Header.Get("Allow") != test.allow || p.Expected != test.allow {
			t.Errorf("%s %s: Allow %q, %s", test.method, test.path, got.Header.Get("Allow"), got.body)
		}
	}
	for _, path := range []string{"/", "/v1/classify/", "/v1", "/V1/models", "//v1/models", "/v1/%2e%2e/metrics"} {
		if p := ask(t, h, http.MethodGet, path, "").problem(t, kindPath); !strings.Contains(p.Expected, "/v1/classify") {
			t.Errorf("%s: %+v", path, p)
		}
	}
	if p := post(t, h, small).answers(t); len(p) != 1 {
		t.Error("no answer")
	}
	if p := ask(t, h, http.MethodPost, "/v1/classify?top_k=2", small).problem(t, kindRequest); p.Field != "query" {
		t.Errorf("a query: %+v", p)
	}
	if got := ask(t, h, http.MethodHead, "/healthz", ""); got.StatusCode != http.StatusOK {
		t.Errorf("HEAD: %d", got.StatusCode)
	}
}

func TestMediaTypes(t *testing.T) {
	h := handlerOf(t, newFake(), Options{Logger: quiet()})
	for _, value := range []string{"", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "application/json;;", "multipart/form-data"} {
		if p := post(t, h, small, "Content-Type", value).problem(t, kindMediaType); p.Field != "Content-Type" || !strings.Contains(p.Remedy, "application/json") {
			t.Errorf("%q: %+v", value, p)
		}
	}
	for _, value := range []string{"application/json", "Application/JSON; charset=UTF-8"} {
		post(t, h, small, "Content-Type", value).answers(t)
	}
	if p := post(t, h, small, "Content-Encoding", "gzip").problem(t, kindMediaType); p.Field != "Content-Encoding" {
		t.Errorf("gzip: %+v", p)
	}
}

func TestBodyLimit(t *testing.T) {
	h := handlerOf(t, newFake(), Options{MaxBody: int64(len(small)), Logger: quiet()})
	post(t, h, small).answers(t)
	if p := post(t, h, small+" ").problem(t, kindBody); p.Field != "body" || !strings.Contains(p.Expected, "37 bytes") {
		t.Errorf("%+v", p)
	}
}

// TestRate: the limit counts by the handler's clock.
func TestRate(t *testing.T) {
	h := handlerOf(t, newFake(), Options{Rate: 0.5, Burst: 2, Logger: quiet()})
	now := time.Unix(1e9, 0)
	h.now = func() time.Time { return now }
	post(t, h, small).answers(t)
	post(t, h, small).answers(t)
	for range 3 { // a refused request takes no place
		got := post(t, h, small)
		if got.problem(t, kindRate); got.Header.Get("Retry-After") != "2" {
			t.Errorf("Retry-After is %q", got.Header.Get("Retry-After"))
		}
	}
	ask(t, h, http.MethodGet, "/v1/models", "")
	now = now.Add(2 * time.Second)
	post(t, h, small).answers(t)
	post(t, h, small).problem(t, kindRate)
}

func TestToken(t *testing.T) {
	const token = "0123456789abcdef"
	h := handlerOf(t, newFake(), Options{Token: token, Logger: quiet()})
	for _, value := range []string{"", "Bearer", "Bearer ", "Bearer 0123456789abcdeF", "Bearer 0123456789abcde", "Bearer 0123456789abcdef0", "Basic " + token, token} {
		got := post(t, h, small, "Authorization", value)
		if p := got.problem(t, kindUnauthorized); !strings.HasPrefix(got.Header.Get("WWW-Authenticate"), "Bearer") || strings.Contains(string(got.body), token[:8]) {
			t.Errorf("%q: %+v", value, p)
		}
	}
	for _, value := range []string{"Bearer " + token, "bearer  " + token} {
		post(t, h, small, "Authorization", value).answers(t)
	}
	for _, path := range []string{"/v1/models", "/metrics", "/openapi.json", "/nowhere"} {
		ask(t, h, http.MethodGet, path, "").problem(t, kindUnauthorized)
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := ask(t, h, http.MethodGet, path, ""); got.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, got.StatusCode)
		}
	}
	scrape(t, h, "Authorization", "Bearer "+token)
}

func TestHosts(t *testing.T) {
	h := handlerOf(t, newFake(), Options{Hosts: LoopbackHosts, Logger: quiet()})
	post(t, h, small).answers(t) // for 127.0.0.1
	h.options.Hosts = []string{"lorabook.example", "::1"}
	if p := post(t, h, small).problem(t, kindHost); p.Field != "Host" {
		t.Errorf("%+v", p)
	}
	for header, want := range map[string]string{"a:80": "a", "a": "a", "[::1]:80": "::1", "[::1]": "::1", "127.0.0.1": "127.0.0.1"} {
		if got := hostOf(header); got != want {
			t.Errorf("host of %q: %q", header, got)
		}
	}
}

func TestDrainAndReadiness(t *testing.T) {
	h := handlerOf(t, newFake(), Options{Logger: quiet()})
	h.SetReady(false)
	ask(t, h, http.MethodGet, "/readyz", "").problem(t, kindStarting)
	post(t, h, small).answers(t)
	h.SetReady(true)
	if got := ask(t, h, http.MethodGet, "/readyz", ""); got.StatusCode != http.StatusOK {
		t.Errorf("%d", got.StatusCode)
	}
	h.Drain()
	got := post(t, h, small)
	if got.problem(t, kindDraining); got.Header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	ask(t, h, http.MethodGet, "/readyz", "").problem(t, kindDraining)
	if got := ask(t, h, http.MethodGet, "/healthz", ""); got.StatusCode != http.StatusOK {
		t.Errorf("%d", got.StatusCode)
	}
}

func TestRequestID(t *testing.T) {
	h := handlerOf(t, newFake(), Options{Logger: quiet()})
	for id, kept := range map[string]bool{
		"abc-1": true, strings.Repeat("x", 128): true, "": false, strings.Repeat("x", 129): false, "a b": false, "é": false, "a\tb": false,
	} {
		got := ask(t, h, http.MethodGet, "/nowhere", "", requestIDHeader, id)
		p := got.problem(t, kindPath)
		if p.RequestID != got.Header.Get(requestIDHeader) || (p.RequestID == id) != kept || p.RequestID == "" {
			t.Errorf("%q: header %q, problem %q", id, got.Header.Get(requestIDHeader), p.RequestID)
		}
	}
}

// TestLogWithoutTexts: the log has a record of each request and no part of a text, of a path or of
// a header that a client chooses.
func TestLogWithoutTexts(t *testing.T) {
	var log bytes.Buffer
	f := newFake()
	h := handlerOf(t, f, Options{Logger: slog.New(slog.NewJSONHandler(&log, nil))})
	post(t, h, `{"inputs": ["secret film ☃", "secret secret secret secret secret secret secret secret secret"], "adapter": "films", "explain": true}`,
		"X-Request-Id", "r1", "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01").answers(t)
	for _, want := range []string{`"request_id":"r1"`, `"trace_id":"0af7651916cd43dd8448eb211c80319c"`, `"status":200`, `"texts":2`, `"tokens":12`, `"cut_texts":1`, `"unknown_tokens":1`, `"adapter":"films"`, `"level":"INFO"`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("no %s in %s", want, log.String())
		}
	}
	post(t, h, `{"inputs": "secret", "adapter": "secret"}`)
	post(t, h, `{"secret": "secret"}`)
	post(t, h, `secret`)
	ask(t, h, http.MethodGet, "/secret", "")
	ask(t, h, http.MethodPost, "/v1/classify?secret=secret", "secret", "Content-Type", "secret")
	ask(t, h, "SECRET", "/v1/models", "")
	ask(t, h, http.MethodGet, "/healthz", "")
	if lines := strings.Count(log.String(), "\n"); lines != 7 { // /healthz is a record of slog.LevelDebug
		t.Errorf("%d records:\n%s", lines, log.String())
	}
	if strings.Contains(strings.ToLower(log.String()), "secret") {
		t.Errorf("the log has a part of a request:\n%s", log.String())
	}
	log.Reset()
	f.fails(t, context.DeadlineExceeded)
	post(t, h, small).problem(t, kindInternal)
	if !strings.Contains(log.String(), `"level":"ERROR"`) || !strings.Contains(log.String(), `"error":"context deadline exceeded"`) {
		t.Errorf("%s", log.String())
	}
}

// TestTraces: a span for each request, in the client's trace, without texts.
func TestTraces(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(spans))
	f := newFake()
	var inside string
	f.answer = func(ctx context.Context) error { inside += traceOf(ctx)[:4]; return nil }
	h := handlerOf(t, f, Options{Tracer: provider.Tracer("test"), Logger: quiet()})
	post(t, h, `{"inputs": "a secret", "adapter": "films"}`, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.fails(t, context.DeadlineExceeded)
	post(t, h, small)
	ended := spans.Ended()
	if len(ended) != 2 {
		t.Fatalf("%d spans", len(ended))
	}
	span := ended[0]
	if span.Name() != "POST /v1/classify" || span.SpanContext().TraceID().String() != "0af7651916cd43dd8448eb211c80319c" || span.Parent().SpanID().String() != "b7ad6b7169203331" {
		t.Errorf("%s in %v", span.Name(), span.SpanContext())
	}
	if inside[:4] != "0af7" || len(inside) != 8 {
		t.Errorf("the contexts of the service have the traces %q", inside)
	}
	if ended[1].Status().Code.String() != "Error" {
		t.Errorf("a failure's status is %v", ended[1].Status())
	}
	for _, a := range span.Attributes() {
		if strings.Contains(a.Value.Emit(), "secret") {
			t.Errorf("%s is %s", a.Key, a.Value.Emit())
		}
	}
}

func TestMetrics(t *testing.T) {
	metrics := NewMetrics()
	h := handlerOf(t, newFake(), Options{Metrics: metrics, Logger: quiet()})
	post(t, h, `{"inputs": ["one two three four five six seven eight nine", "☃ ☃"], "adapter": "films"}`)
	post(t, h, `{"inputs": "x", "adapter": "music"}`)
	ask(t, h, http.MethodGet, "/anything", "")
	metrics.Batch(batchInfo(3, 40, 48))
	text := scrape(t, h)
	for _, want := range []string{
		`lorabook_requests_total{code="200",route="/v1/classify"} 1`, `lorabook_requests_total{code="404",route="/v1/classify"} 1`,
		`lorabook_requests_total{code="404",route="other"} 1`, `lorabook_request_duration_seconds_count{route="/v1/classify"} 2`,
		`lorabook_texts_total{adapter="films"} 2`, "lorabook_tokens_total 11", "lorabook_unknown_tokens_total 2", "lorabook_unreadable_texts_total 1",
		"lorabook_cut_texts_total 1", "lorabook_queue_texts 3", "lorabook_queue_capacity 512", "lorabook_adapters 4", "lorabook_resident_adapters 2", "lorabook_requests_in_flight 1",
		`lorabook_batch_texts_bucket{le="4"} 1`, "lorabook_batch_tokens_sum 40", "lorabook_padding_tokens_total 8", "lorabook_batch_duration_seconds_count 1",
		"lorabook_queue_wait_seconds_count 1", "go_goroutines", "process_resident_memory_bytes",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in:\n%s", want, text)
		}
	}
	if strings.Contains(text, "music") || strings.Contains(text, "anything") {
		t.Errorf("a client's name is a label:\n%s", text)
	}
}
