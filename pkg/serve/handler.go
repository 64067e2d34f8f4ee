package serve

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/time/rate"

	"github.com/lorabook/lorabook/internal/settings"
)

// Options of New. The zero value of a field means its default.
type Options struct {
	// Token is the bearer token of every request except /healthz and /readyz. Default: none is
	// asked for.
	Token string
	// Hosts are the values of the header Host that are answered, without ports. Default: all.
	// A service without a token on the loopback address should name its hosts, since a web page
	// can reach it under a name that its author points to 127.0.0.1 (DNS rebinding).
	Hosts []string

	MaxBody           int64         // bytes of a body; default 2 MiB
	MaxInputs         int           // texts of a request; default 256
	MaxExplainedWords int           // words of the texts of a request with explain, each of which costs an answer; default 1,024
	Rate              float64       // requests of /v1/classify per second; default: unlimited
	Burst             int           // requests that may arrive at once; default: Rate, at least 1
	Timeout           time.Duration // of a request; default 30 s

	// Metrics are shown by /metrics. Default: new ones, without those of the batches, which the
	// service reports to its observer.
	Metrics *Metrics
	// Logger gets one record for each request. Default: slog.Default.
	Logger *slog.Logger
	// Tracer makes a span for each request, which continues the trace of the header traceparent.
	// Default: none; the log then has the trace id of the header.
	Tracer trace.Tracer
}

// Handler answers the requests. It is made by [New].
type Handler struct {
	service  Service
	options  Options
	metrics  *Metrics
	routes   map[string]map[string]route
	limiter  *rate.Limiter
	now      func() time.Time
	draining atomic.Bool
	ready    atomic.Bool
}

// route answers a method of a path.
type route struct {
	answer func(http.ResponseWriter, *http.Request) *Problem
	open   bool // without a token
	quiet  bool // logged at slog.LevelDebug, without a span
}

// New returns a handler for the service. It is ready at once; [Handler.SetReady] changes that during
// a warm-up. A missing service, a negative number and Metrics that are not made by [NewMetrics], or
// that another handler has, are errors.
func New(service Service, options Options) (*Handler, error) {
	if service == nil {
		return nil, errors.New("serve: the service is missing: pass that of classify.NewService")
	}
	if err := options.validate(); err != nil {
		return nil, err
	}
	settings.Default(&options.MaxBody, 2<<20)
	settings.Default(&options.MaxInputs, 256)
	settings.Default(&options.MaxExplainedWords, 1024)
	settings.Default(&options.Burst, max(1, int(options.Rate)))
	settings.Default(&options.Timeout, 30*time.Second)
	settings.Default(&options.Logger, slog.Default())
	if options.Metrics == nil {
		options.Metrics = NewMetrics()
	}
	h := &Handler{service: service, options: options, metrics: options.Metrics, now: time.Now}
	if options.Rate > 0 {
		h.limiter = rate.NewLimiter(rate.Limit(options.Rate), options.Burst)
	}
	if err := h.metrics.watch(service); err != nil {
		return nil, err
	}
	h.ready.Store(true)
	h.routes = map[string]map[string]route{
		"/v1/classify":  {http.MethodPost: {answer: h.classify}},
		"/v1/models":    {http.MethodGet: {answer: h.models}},
		"/healthz":      {http.MethodGet: {answer: h.health, open: true, quiet: true}},
		"/readyz":       {http.MethodGet: {answer: h.readiness, open: true, quiet: true}},
		"/metrics":      {http.MethodGet: {answer: h.showMetrics, quiet: true}},
		"/openapi.json": {http.MethodGet: {answer: h.openAPI, quiet: true}},
	}
	return h, nil
}

// validate names the first field that cannot be used.
func (o Options) validate() error {
	for _, field := range []struct {
		name  string
		value float64
	}{
		{"MaxBody", float64(o.MaxBody)}, {"MaxInputs", float64(o.MaxInputs)}, {"MaxExplainedWords", float64(o.MaxExplainedWords)},
		{"Rate", o.Rate}, {"Burst", float64(o.Burst)}, {"Timeout", float64(o.Timeout)},
	} {
		if !(field.value >= 0) { // NaN neither
			return fmt.Errorf("serve: options: %s is %v, expected 0 for the default or a positive value", field.name, field.value)
		}
	}
	return nil
}

// SetReady sets the state that /readyz reports. Requests are answered in both states.
func (h *Handler) SetReady(ready bool) { h.ready.Store(ready) }

// Drain begins the shutdown: /readyz and new requests of /v1/classify are answered with 503. Running
// requests are not affected.
func (h *Handler) Drain() { h.draining.Store(true) }

// ServeHTTP answers a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w, r, done := h.begin(w, r)
	var p *Problem
	defer func() {
		if cause := recover(); cause != nil {
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			p = kindInternal.problem("the answer could not be computed; the log has the reason with this request's id")
			p.Remedy = "report the request id to the operator"
			h.options.Logger.Error("panic", "request_id", requestOf(r).id, "value", cause, "stack", string(debug.Stack()))
		}
		if p != nil && p.Status != statusClientClosed && requestOf(r).status == 0 {
			p.write(w)
		}
		done(p)
	}()
	p = h.answer(w, r)
}

// answer finds the route, checks the access, and answers.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request) *Problem {
	methods, ok := h.routes[r.URL.Path]
	if ok {
		requestOf(r).route = r.URL.Path
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	way, known := methods[method]
	if known {
		requestOf(r).quiet = way.quiet
	}
	if p := h.allowed(r, way.open); p != nil {
		return p
	}
	switch {
	case !ok:
		p := kindPath.problem("no such path")
		p.Field, p.Found, p.Expected = "path", shown(r.URL.Path), strings.Join(h.paths(), ", ")
		p.Remedy = "see /openapi.json"
		return p
	case !known:
		var allow []string
		for m := range methods {
			if allow = append(allow, m); m == http.MethodGet {
				allow = append(allow, http.MethodHead)
			}
		}
		slices.Sort(allow)
		p := kindMethod.problem("the path has other methods")
		p.allow = strings.Join(allow, ", ")
		p.Field, p.Found, p.Expected, p.Remedy = "method", shown(r.Method), p.allow, "see /openapi.json"
		return p
	case r.URL.RawQuery != "" && strings.HasPrefix(r.URL.Path, "/v1/"):
		return invalid("query", "no query", "a query", "send the fields in the body, as JSON")
	}
	return way.answer(w, r)
}

// paths returns the paths, sorted.
func (h *Handler) paths() []string {
	var paths []string
	for path := range h.routes {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// allowed checks the host and the token. open routes need no token.
func (h *Handler) allowed(r *http.Request, open bool) *Problem {
	if len(h.options.Hosts) > 0 && !slices.ContainsFunc(h.options.Hosts, func(host string) bool { return strings.EqualFold(host, hostOf(r.Host)) }) {
		p := kindHost.problem("the service does not answer for this host")
		p.Field, p.Found, p.Expected = "Host", shown(r.Host), strings.Join(h.options.Hosts, ", ")
		p.Remedy = "use one of these names in the address, or start the service with this host's name or with a token"
		return p
	}
	if open || h.options.Token == "" || tokenMatches(r, h.options.Token) {
		return nil
	}
	p := kindUnauthorized.problem("the service asks for its bearer token")
	p.Field, p.Expected, p.Found = "Authorization", "Bearer and the token", "nothing"
	if r.Header.Get("Authorization") != "" {
		p.Found = "another value"
	}
	p.Remedy = "send the header Authorization: Bearer TOKEN"
	return p
}

// hostOf returns the host of a header Host, without its port.
func hostOf(header string) string {
	if host, _, err := net.SplitHostPort(header); err == nil {
		return host
	}
	return strings.Trim(header, "[]")
}
