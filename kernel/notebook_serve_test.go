package main

import (
	"regexp"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tiny"
)

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
		`16 clients at once: [\d.]+ answers per second`,
		`Latency under load`,
		`At 200 %, \d+ % of the requests are refused`,
	} {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("no %q in the outputs", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}
