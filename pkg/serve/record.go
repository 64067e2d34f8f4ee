package serve

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/lorabook/lorabook/pkg/classify"
)

// requestIDHeader is the header with the id of a request, in requests and in responses.
const requestIDHeader = "X-Request-Id"

// request is what the log, the metrics and the trace say about a request.
type request struct {
	id, route     string
	quiet         bool
	status        int // 0 before the header is written
	bytes         int64
	texts, tokens int
	cut, unknown  int
	adapters      map[string]bool
}

// requestKey is the key of the *request in a context.
type requestKey struct{}

func requestOf(r *http.Request) *request { return r.Context().Value(requestKey{}).(*request) }

// noteAnswers counts the answers for the log.
func (r *request) noteAnswers(found []classify.ServiceAnswer) {
	r.adapters = map[string]bool{}
	for _, a := range found {
		r.texts++
		r.tokens += unknownOf(a).Tokens
		if a.Cut > 0 {
			r.cut++
		}
		r.unknown += unknownOf(a).Unknown
		r.adapters[a.Adapter] = true
	}
}

// recorder records the status and the size of a response.
type recorder struct {
	http.ResponseWriter
	request *request
}

// WriteHeader records the status.
func (w *recorder) WriteHeader(status int) {
	if w.request.status == 0 {
		w.request.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write records the size.
func (w *recorder) Write(body []byte) (int, error) {
	if w.request.status == 0 {
		w.request.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(body)
	w.request.bytes += int64(n)
	return n, err
}

// Unwrap returns the writer, for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// begin prepares the record of a request. done writes it.
func (h *Handler) begin(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request, func(*Problem)) {
	start := h.now()
	state := &request{id: requestID(r), route: otherRoute}
	ctx := context.WithValue(r.Context(), requestKey{}, state)
	ctx = propagation.TraceContext{}.Extract(ctx, propagation.HeaderCarrier(r.Header))
	var span trace.Span
	if h.options.Tracer != nil {
		ctx, span = h.options.Tracer.Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer))
	}
	w.Header().Set(requestIDHeader, state.id)
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	h.metrics.inFlight.Inc()
	out := &recorder{w, state}
	r = r.WithContext(ctx)
	return out, r, func(p *Problem) {
		h.metrics.inFlight.Dec()
		code := state.status
		if code == 0 && p != nil {
			code = p.Status
		}
		took := h.now().Sub(start)
		h.metrics.requested(state.route, code, took)
		h.log(ctx, r, state, code, took, p)
		if span != nil {
			endSpan(span, r.Method, state, code)
		}
	}
}

// otherRoute is the route of unknown paths, which are not logged: a client may put a text into them.
const otherRoute = "other"

// requestID returns the request's id, if it is a short visible ASCII text, otherwise a new one.
func requestID(r *http.Request) string {
	id := r.Header.Get(requestIDHeader)
	if len(id) == 0 || len(id) > 128 {
		return uuid.NewString()
	}
	for _, c := range []byte(id) {
		if c <= ' ' || c >= 0x7f {
			return uuid.NewString()
		}
	}
	return id
}

// log writes the record of a request.
func (h *Handler) log(ctx context.Context, r *http.Request, state *request, code int, took time.Duration, p *Problem) {
	level := slog.LevelInfo
	switch {
	case code >= 500 && code != http.StatusServiceUnavailable:
		level = slog.LevelError
	case code >= 400:
		level = slog.LevelWarn
	case state.quiet:
		level = slog.LevelDebug
	}
	if !h.options.Logger.Enabled(ctx, level) {
		return
	}
	attributes := []slog.Attr{
		slog.String("request_id", state.id), slog.String("method", methodOf(r.Method)), slog.String("route", state.route),
		slog.Int("status", code), slog.Duration("took", took), slog.Int64("response_bytes", state.bytes),
	}
	if span := trace.SpanContextFromContext(ctx); span.IsValid() {
		attributes = append(attributes, slog.String("trace_id", span.TraceID().String()), slog.String("span_id", span.SpanID().String()))
	}
	if state.texts > 0 {
		attributes = append(attributes, slog.Int("texts", state.texts), slog.Int("tokens", state.tokens), slog.Int("cut_texts", state.cut),
			slog.Int("unknown_tokens", state.unknown), slog.Int("adapters", len(state.adapters)))
		if len(state.adapters) == 1 {
			for name := range state.adapters {
				attributes = append(attributes, slog.String("adapter", name))
			}
		}
	}
	if p != nil {
		// Detail and Found may contain parts of the request.
		attributes = append(attributes, slog.String("problem", p.Title))
		if p.cause != nil {
			attributes = append(attributes, slog.String("error", oneLine(p.cause)))
		}
	}
	h.options.Logger.LogAttrs(ctx, level, "request", attributes...)
}

// methodOf returns a method of HTTP, "other" for those that a client invents.
func methodOf(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// endSpan names the span after its route and ends it.
func endSpan(span trace.Span, method string, state *request, code int) {
	span.SetName(methodOf(method) + " " + state.route)
	span.SetAttributes(
		attribute.String("http.request.method", methodOf(method)), attribute.String("http.route", state.route),
		attribute.Int("http.response.status_code", code), attribute.String("lorabook.request_id", state.id),
		attribute.Int("lorabook.texts", state.texts), attribute.Int("lorabook.tokens", state.tokens),
	)
	if code >= 500 {
		span.SetStatus(codes.Error, strconv.Itoa(code))
	}
	span.End()
}
