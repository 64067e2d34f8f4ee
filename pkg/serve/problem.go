package serve

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"
)

// Problem is the JSON body of every error (RFC 9457, media type application/problem+json).
type Problem struct {
	Type      string `json:"type"`   // address of the problem's section in docs/serving.md
	Title     string `json:"title"`  // the same for all problems of a type
	Status    int    `json:"status"` // the HTTP status code
	Detail    string `json:"detail"` // what happened, in one sentence
	RequestID string `json:"request_id"`
	// Field is the place in the request: "inputs[3].text", or a header.
	Field    string `json:"field,omitempty"`
	Expected string `json:"expected,omitempty"`
	Found    string `json:"found,omitempty"`
	Remedy   string `json:"remedy,omitempty"` // what to do
	// Adapters are the known names, if an adapter is unknown or missing.
	Adapters []string `json:"adapters,omitempty"`

	retryAfter time.Duration // for the header Retry-After; 0: without
	allow      string        // for the header Allow
	cause      error         // for the log
}

// problemsPage has a section for each kind of problem, under the kind's name.
const problemsPage = "https://github.com/lorabook/lorabook/blob/main/docs/serving.md#"

// kind is a type of problem.
type kind struct {
	name   string // the anchor in docs/serving.md
	status int
	title  string
}

// The kinds of problems.
var (
	kindJSON         = kind{"invalid-json", http.StatusBadRequest, "The body is no valid JSON"}
	kindUnauthorized = kind{"unauthorized", http.StatusUnauthorized, "The bearer token is missing or wrong"}
	kindAdapter      = kind{"unknown-adapter", http.StatusNotFound, "No adapter has this name"}
	kindPath         = kind{"not-found", http.StatusNotFound, "The service has no such path"}
	kindMethod       = kind{"method-not-allowed", http.StatusMethodNotAllowed, "The path has no such method"}
	kindBody         = kind{"body-too-large", http.StatusRequestEntityTooLarge, "The body is too large"}
	kindMediaType    = kind{"unsupported-media-type", http.StatusUnsupportedMediaType, "The body has an unsupported media type"}
	kindHost         = kind{"unknown-host", http.StatusMisdirectedRequest, "The request is for another host"}
	kindRequest      = kind{"invalid-request", http.StatusUnprocessableEntity, "The request cannot be answered"}
	kindRate         = kind{"rate-limited", http.StatusTooManyRequests, "There are too many requests"}
	kindOverload     = kind{"overloaded", http.StatusTooManyRequests, "The queue is full"}
	kindInternal     = kind{"internal", http.StatusInternalServerError, "The service failed"}
	kindDraining     = kind{"draining", http.StatusServiceUnavailable, "The service is shutting down"}
	kindStarting     = kind{"not-ready", http.StatusServiceUnavailable, "The service is not ready"}
	kindChanged      = kind{"adapter-changed", http.StatusServiceUnavailable, "The adapter is being replaced"}
	kindTimeout      = kind{"timeout", http.StatusGatewayTimeout, "The answer took too long"}
)

// kinds lists all kinds of problems.
var kinds = []kind{kindJSON, kindUnauthorized, kindAdapter, kindPath, kindMethod, kindBody, kindMediaType, kindHost, kindRequest, kindRate, kindOverload, kindInternal, kindDraining, kindStarting, kindChanged, kindTimeout}

// problem returns a problem of the kind.
func (k kind) problem(detail string) *Problem {
	return &Problem{Type: problemsPage + k.name, Title: k.title, Status: k.status, Detail: detail}
}

// invalid returns a problem of a field of the request.
func invalid(field, expected, found, remedy string) *Problem {
	p := kindRequest.problem(field + ": expected " + expected + ", found " + found)
	p.Field, p.Expected, p.Found, p.Remedy = field, expected, found, remedy
	return p
}

// write sends the problem as the response.
func (p *Problem) write(w http.ResponseWriter) {
	if p.retryAfter > 0 {
		seconds := int64((p.retryAfter + time.Second - 1) / time.Second)
		w.Header().Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
	if p.allow != "" {
		w.Header().Set("Allow", p.allow)
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="lorabook"`)
	}
	p.RequestID = w.Header().Get(requestIDHeader)
	writeJSON(w, p.Status, "application/problem+json", p)
}

// writeJSON sends a value that has a JSON form.
func writeJSON(w http.ResponseWriter, status int, mediaType string, value any) {
	body, err := json.Marshal(value)
	if err != nil { // a number that is not finite, which no answer has
		panic(err)
	}
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)+1))
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

// shownBytes is the largest number of bytes of a client's value in a problem.
const shownBytes = 80

// shown quotes a value of the request for a problem, cut to shownBytes.
func shown(value string) string {
	if len(value) <= shownBytes {
		return strconv.Quote(value)
	}
	cut := shownBytes
	for cut > 0 && !utf8.RuneStart(value[cut]) {
		cut--
	}
	return strconv.Quote(value[:cut]) + "… (" + strconv.Itoa(len(value)) + " bytes)"
}
