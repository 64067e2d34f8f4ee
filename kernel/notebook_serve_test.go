package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// What the notebook of the service states about its load: numbers above 0.
const (
	answersPattern  = `16 clients at once: (?:0\.0*)?[1-9][\d.]*(?:e\+\d+)? answers per second`
	refusalsPattern = `At 200 %, [1-9]\d* % of the requests are refused`
)

// TestLoadPatterns: a service that answers nothing, or refuses nothing, does not pass.
func TestLoadPatterns(t *testing.T) {
	for text, want := range map[string]bool{
		"16 clients at once: 205.6 answers per second":     true,
		"16 clients at once: 0.05 answers per second":      true,
		"16 clients at once: 1.2e+04 answers per second":   true,
		"16 clients at once: 0 answers per second":         false,
		"16 clients at once: 0.0 answers per second":       false,
		"16 clients at once: . answers per second":         false,
		"At 200 %, 68 % of the requests are refused, and":  true,
		"At 200 %, 100 % of the requests are refused, and": true,
		"At 200 %, 0 % of the requests are refused, and":   false,
	} {
		pattern := answersPattern
		if strings.HasPrefix(text, "At") {
			pattern = refusalsPattern
		}
		if got := regexp.MustCompile(pattern).MatchString(text); got != want {
			t.Errorf("%q matches: %v, expected %v", text, got, want)
		}
	}
}

// TestServeNotebook runs the cells of the notebook of the service, each in a separate process as in
// GoNB: both adapters answer in one request, a mistake is shown, and the load ends with refusals.
func TestServeNotebook(t *testing.T) {
	if testing.Short() {
		t.Skip("trains two adapters of lorabook-tiny for an epoch; run without -short")
	}
	programs := map[string]string{serveNotebook: buildNotebook(t, serveNotebook)}
	text := newNotebookRun(t, programs, tiny.Name, data.Sample, data.SingleLabel).all(t, serveNotebook)
	for _, want := range []string{
		`curl --json '\{"inputs":\[\{"adapter":"sentiment",.*"top_k":2\}' http://127\.0\.0\.1:\d+/v1/classify`,
		`(?s)200 OK\n.*"adapter": "sentiment",.*"label": "(neg|pos)".*"adapter": "kind",.*"label": "(plain|detail|comparison|mixed|irony)"`,
		`(?s)404 Not Found\n.*"found": "\\"sentimental\\"".*"adapters": \["kind", "sentiment"\]`,
		`(?s)200 OK\n.*"version": "sha256:[0-9a-f]{64}"`,
		answersPattern,
		`Latency under load`,
		refusalsPattern,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("no %q in the outputs", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
