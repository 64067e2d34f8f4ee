package serve

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Metrics are the numbers of /metrics, in a registry of their own. docs/serving.md lists them. They
// are the observer of a [classify.Service]: without that, those of the batches stay 0.
type Metrics struct {
	registry *prometheus.Registry

	requests    *prometheus.CounterVec   // by route and code
	duration    *prometheus.HistogramVec // by route
	inFlight    prometheus.Gauge
	texts       *prometheus.CounterVec // by adapter
	tokens, cut prometheus.Counter
	unknown     prometheus.Counter
	unreadable  prometheus.Counter

	batchTexts, batchTokens    prometheus.Histogram
	batchDuration, batchWaited prometheus.Histogram
	padding                    prometheus.Counter
}

// NewMetrics returns metrics that have counted nothing.
func NewMetrics() *Metrics {
	m := &Metrics{registry: prometheus.NewRegistry()}
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		m.registry.MustRegister(c)
		return c
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		c := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
		m.registry.MustRegister(c)
		return c
	}
	seconds := prometheus.ExponentialBuckets(0.001, 2, 16) // 1 ms to 33 s
	m.requests = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lorabook_requests_total", Help: "Answered requests by route and HTTP status code."}, []string{"route", "code"})
	m.duration = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "lorabook_request_duration_seconds", Help: "Time from the header of a request to its answer.", Buckets: seconds}, []string{"route"})
	m.texts = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "lorabook_texts_total", Help: "Answered texts by adapter."}, []string{"adapter"})
	m.inFlight = prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "lorabook_requests_in_flight", Help: "Requests that are being answered."})
	m.registry.MustRegister(m.requests, m.duration, m.texts, m.inFlight)
	m.tokens = counter("lorabook_tokens_total", "Tokens that the model read in answered texts, without special tokens.")
	m.unknown = counter("lorabook_unknown_tokens_total", "[UNK] among the tokens of answered texts.")
	m.unreadable = counter("lorabook_unreadable_texts_total", "Answered texts with a high share of [UNK] tokens.")
	m.cut = counter("lorabook_cut_texts_total", "Answered texts that were longer than the model reads.")
	m.batchTexts = histogram("lorabook_batch_texts", "Texts of a batch.", prometheus.ExponentialBuckets(1, 2, 9))
	m.batchTokens = histogram("lorabook_batch_tokens", "Tokens of a batch, without padding.", prometheus.ExponentialBuckets(16, 2, 12))
	m.batchDuration = histogram("lorabook_batch_duration_seconds", "Time of the computation of a batch.", seconds)
	m.batchWaited = histogram("lorabook_queue_wait_seconds", "Time that the first text of a batch waited in the queue.", seconds)
	m.padding = counter("lorabook_padding_tokens_total", "Padding tokens of all batches.")
	m.registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// watch adds the state of the service.
func (m *Metrics) watch(s Service) error {
	if m.registry == nil {
		return errors.New("serve: options: Metrics is not made by NewMetrics")
	}
	var failed error
	gauge := func(name, help string, value func(classify.ServiceStats) int) {
		err := m.registry.Register(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help},
			func() float64 { return float64(value(s.Stats())) }))
		if err != nil && failed == nil {
			failed = fmt.Errorf("serve: options: Metrics belongs to another handler already: make new ones with NewMetrics (%w)", err)
		}
	}
	gauge("lorabook_queue_texts", "Texts that wait in the queue.", func(s classify.ServiceStats) int { return s.Queued })
	gauge("lorabook_queue_capacity", "Texts that the queue holds.", func(s classify.ServiceStats) int { return s.Capacity })
	gauge("lorabook_adapters", "Loaded adapters.", func(s classify.ServiceStats) int { return s.Adapters })
	gauge("lorabook_resident_adapters", "Adapters in memory.", func(s classify.ServiceStats) int { return s.Resident })
	return failed
}

// Batch records a batch of the service.
func (m *Metrics) Batch(b classify.BatchInfo) {
	m.batchTexts.Observe(float64(b.Texts))
	m.batchTokens.Observe(float64(b.Tokens))
	m.batchDuration.Observe(b.Took.Seconds())
	m.batchWaited.Observe(b.Waited.Seconds())
	m.padding.Add(float64(max(0, b.PaddedTokens-b.Tokens)))
}

// requested records the end of a request.
func (m *Metrics) requested(route string, code int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(code)).Inc()
	m.duration.WithLabelValues(route).Observe(took.Seconds())
}

// answered records an answer.
func (m *Metrics) answered(a classify.ServiceAnswer) {
	m.texts.WithLabelValues(a.Adapter).Inc()

	unknown := unknownOf(a)
	m.tokens.Add(float64(unknown.Tokens))
	m.unknown.Add(float64(unknown.Unknown))
	if unknown.Share() >= tokenizers.HighUnknownShare {
		m.unreadable.Inc()
	}
	if a.Cut > 0 {
		m.cut.Inc()
	}
}

// unknownOf returns the [UNK] tokens of an answer of any task.
func unknownOf(a classify.ServiceAnswer) tokenizers.UnknownTokens {
	switch a.Task {
	case data.Regression:
		return a.Number.UnknownTokens
	case data.TokenClassification:
		return a.Tagged.UnknownTokens
	}
	return a.Answer.UnknownTokens
}

// showMetrics answers GET /metrics.
func (h *Handler) showMetrics(w http.ResponseWriter, r *http.Request) *Problem {
	promhttp.HandlerFor(h.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
	return nil
}
