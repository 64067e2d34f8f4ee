package serve

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

func TestAnswersOfEachTask(t *testing.T) {
	f := newFake()
	h := handlerOf(t, f, Options{Logger: quiet()})
	got := post(t, h, `{"inputs": ["odd", {"text": "even", "text_pair": "b", "adapter": "topics"}, {"text": "ab", "adapter": "stars"}], "adapter": "films"}`).answers(t)
	if len(got) != 3 {
		t.Fatalf("%d answers", len(got))
	}
	films, topics, stars := got[0], got[1], got[2]
	if films.Adapter != "films" || films.Version != "v1" || films.Task != data.SingleLabel || films.Label != "pos" || *films.Score != 0.75 ||
		!slices.Equal(films.Scores, []score{{"pos", 0.75}, {"neg", 0.25}}) || films.Tokens != 1 {
		t.Errorf("films: %+v", films)
	}
	if topics.Task != data.MultiLabel || !slices.Equal(*topics.Labels, []string{"law"}) || !slices.Equal(topics.Scores, []score{{"sport", 0.75}, {"law", 0.5}, {"art", 0.25}}) || topics.Tokens != 2 {
		t.Errorf("topics: %+v", topics)
	}
	if stars.Task != data.Regression || *stars.Value != 2 || stars.Scores != nil {
		t.Errorf("stars: %+v", stars)
	}
	if want := (classify.Request{Text: "even", TextPair: "b", Adapter: "topics"}); !reflect.DeepEqual(f.asked[1], want) {
		t.Errorf("asked %+v", f.asked[1])
	}
}

// TestEntities: an adapter for token classification answers with entities, for a text or its words.
func TestEntities(t *testing.T) {
	f := newFake()
	h := handlerOf(t, f, Options{Logger: quiet()})
	got := post(t, h, `{"inputs": ["Zoë left.", {"words": ["Ada", "left", "."], "text_pair": null}, ""], "adapter": "names"}`).answers(t)
	if !slices.Equal(*got[0].Entities, []entity{{"PER", 0.25, "Zoë", 0, 3}}) || *got[0].Text != "Zoë left." || *got[0].UnreadWords != 0 || got[0].Tokens != 2 {
		t.Errorf("%+v", got[0])
	}
	if !slices.Equal(*got[1].Entities, []entity{{"PER", 0.25, "Ada", 0, 3}}) || !slices.Equal(f.asked[1].Words, []string{"Ada", "left", "."}) {
		t.Errorf("%+v", got[1])
	}
	if got[2].Entities == nil || len(*got[2].Entities) != 0 {
		t.Errorf("no entities: %+v", got[2])
	}
}

// TestOneText: a text or an object in place of the list, and the only adapter without its name.
func TestOneText(t *testing.T) {
	f := newFake()
	f.adapters = f.adapters[:1]
	h := handlerOf(t, f, Options{Logger: quiet()})
	for _, body := range []string{`{"inputs": "odd"}`, `{"inputs": {"text": "odd"}}`, `{"inputs": ["odd"], "adapter": null, "top_k": null, "threshold": null, "explain": null}`} {
		if got := post(t, h, body).answers(t); len(got) != 1 || got[0].Label != "pos" {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

func TestTopKAndThreshold(t *testing.T) {
	h := handlerOf(t, newFake(), Options{Logger: quiet()})
	got := post(t, h, `{"inputs": "odd", "adapter": "topics", "top_k": 1, "threshold": 0.75}`).answers(t)[0]
	if !slices.Equal(got.Scores, []score{{"art", 0.75}}) || !slices.Equal(*got.Labels, []string{"art"}) {
		t.Errorf("%+v", got)
	}
	if got := post(t, h, `{"inputs": "odd", "adapter": "topics", "top_k": 9, "threshold": 0.8}`).answers(t)[0]; len(got.Scores) != 3 || len(*got.Labels) != 0 {
		t.Errorf("%+v", got)
	}
	for body, field := range map[string]string{
		`{"inputs": "x", "adapter": "films", "threshold": 0.5}`:                                  "threshold",
		`{"inputs": "x", "adapter": "names", "top_k": 1}`:                                        "top_k",
		`{"inputs": "x", "adapter": "names", "explain": true}`:                                   "explain",
		`{"inputs": {"words": ["x"]}, "adapter": "films"}`:                                       "inputs.words",
		`{"inputs": "x", "adapter": "stars", "top_k": 1}`:                                        "top_k",
		`{"inputs": ["x", {"text": "y", "adapter": "stars"}], "adapter": "topics", "top_k": 2}`:  "top_k",
		`{"inputs": [{"text": "y", "adapter": "films"}], "adapter": "topics", "threshold": 0.5}`: "threshold",
	} {
		if p := post(t, h, body).problem(t, kindRequest); p.Field != field || p.Remedy == "" {
			t.Errorf("%s: %+v", body, p)
		}
	}
}

func TestExplain(t *testing.T) {
	h := handlerOf(t, newFake(), Options{MaxExplainedWords: 4, Logger: quiet()})
	got := post(t, h, `{"inputs": [{"text": "a film", "text_pair": "b"}], "adapter": "films", "explain": true}`).answers(t)[0].Words
	if got == nil || got.Label != "neg" || !slices.Equal(got.Text, []wordEffect{{"a", -1}, {"film", -4}}) || !slices.Equal(got.TextPair, []wordEffect{{"b", -1}}) {
		t.Errorf("%+v", got)
	}
	if got := post(t, h, `{"inputs": "odd", "adapter": "stars", "explain": true}`).answers(t)[0].Words; got.Label != "" || len(got.Text) != 1 {
		t.Errorf("a number: %+v", got)
	}
	if got := post(t, h, `{"inputs": "odd", "adapter": "topics", "explain": true}`).answers(t)[0].Words; got.Label != "art" {
		t.Errorf("several labels: %+v", got)
	}
	if p := post(t, h, `{"inputs": ["a b c", "d e"], "adapter": "films", "explain": true}`).problem(t, kindRequest); p.Field != "explain" || !strings.Contains(p.Expected, "4 words") || p.Found != "5 words" {
		t.Errorf("%+v", p)
	}
	if got := post(t, h, `{"inputs": ["a b c", "d e"], "adapter": "films", "explain": false}`).answers(t); got[0].Words != nil {
		t.Errorf("%+v", got)
	}
}

func TestUnknownAdapter(t *testing.T) {
	h := handlerOf(t, newFake(), Options{Logger: quiet()})
	known := []string{"films", "names", "stars", "topics"}
	for body, field := range map[string]string{
		`{"inputs": "x", "adapter": "music"}`:                                     "adapter",
		`{"inputs": {"text": "x", "adapter": "music"}}`:                           "inputs.adapter",
		`{"inputs": ["x", {"text": "x", "adapter": "music"}], "adapter":"films"}`: "inputs[1].adapter",
		`{"inputs": [{"text": "x", "adapter": "films"}], "adapter": "music"}`:     "adapter",
	} {
		if p := post(t, h, body).problem(t, kindAdapter); p.Field != field || p.Found != `"music"` || !slices.Equal(p.Adapters, known) {
			t.Errorf("%s: %+v", body, p)
		}
	}
	if p := post(t, h, `{"inputs": "x"}`).problem(t, kindRequest); p.Field != "adapter" || !slices.Equal(p.Adapters, known) {
		t.Errorf("several adapters and no name: %+v", p)
	}
	if p := post(t, handlerOf(t, &fake{}, Options{Logger: quiet()}), `{"inputs": "x", "adapter": "a"}`).problem(t, kindAdapter); !strings.Contains(p.Expected, "none") {
		t.Errorf("no adapters: %+v", p)
	}
}

// TestServiceErrors: the errors of the service become problems.
func TestServiceErrors(t *testing.T) {
	f := newFake()
	h := handlerOf(t, f, Options{Logger: quiet()})
	const body = `{"inputs": ["a", "b"], "adapter": "films"}`
	for _, test := range []struct {
		err   error
		kind  kind
		field string
		retry string
	}{
		{&classify.TextError{Index: 1, Reason: "has no words"}, kindRequest, "inputs[1].text", ""},
		{&classify.TextError{Index: 9, Reason: "is too long"}, kindRequest, "inputs", ""},
		{&classify.PairsError{Adapter: "films"}, kindRequest, "inputs", ""},
		{&adapters.NameError{Name: "films", Reason: "is not in the set"}, kindAdapter, "adapter", ""},
		{&classify.OverloadedError{RetryAfter: 2500 * time.Millisecond}, kindOverload, "", "3"},
		{&classify.TooManyTextsError{Texts: 300, Limit: 256}, kindRequest, "inputs", ""},
		{&classify.TooManyAdaptersError{Adapters: 9, Limit: 8}, kindRequest, "adapter", ""},
		{&classify.BaseError{Err: errors.New("secret path /x has no trained classifier")}, kindRequest, "adapter", ""},
		{&classify.OverloadedError{}, kindOverload, "", "1"},
		{fmt.Errorf("answer: %w", classify.ErrClosed), kindDraining, "", "5"},
		{&classify.AdapterChangedError{Name: "films", Folder: "/secret", Version: "a", Found: "b"}, kindChanged, "adapter", "5"},
		{errors.New("secret path /x"), kindInternal, "", ""},
	} {
		f.fails(t, test.err)
		got := post(t, h, body)
		p := got.problem(t, test.kind)
		if p.Field != test.field || got.Header.Get("Retry-After") != test.retry || strings.Contains(string(got.body), "secret") {
			t.Errorf("%v: Retry-After %q, %s", test.err, got.Header.Get("Retry-After"), got.body)
		}
	}
}

// TestInputFields: the problem of an input names its field, in words of HTTP.
func TestInputFields(t *testing.T) {
	f := newFake()
	f.adapters = append(f.adapters, classify.AdapterInfo{Name: "same", Pairs: true, Labels: []string{"no", "yes"}})
	h := handlerOf(t, f, Options{Logger: quiet()})
	for body, field := range map[string]string{
		`{"inputs": "x", "adapter": "same"}`:                                                      "inputs.text_pair",
		`{"inputs": [{"text": "x", "text_pair": "y"}, {"text": "x"}], "adapter": "same"}`:         "inputs[1].text_pair",
		`{"inputs": ["x", {"text": "x", "text_pair": "", "adapter": "same"}], "adapter":"films"}`: "inputs[1].text_pair",
	} {
		if p := post(t, h, body).problem(t, kindRequest); p.Field != field || !strings.Contains(p.Expected, `"same" was trained on pairs`) || strings.Contains(p.Detail, "Classify") {
			t.Errorf("%s: %+v", body, p)
		}
	}
	f.fails(t, &classify.TextError{Index: 1, Reason: "has an empty word"})
	if p := post(t, h, `{"inputs": ["a", {"words": ["x", ""]}], "adapter": "names"}`).problem(t, kindRequest); p.Field != "inputs[1].words" {
		t.Errorf("%+v", p)
	}
}

// TestPanic: a panic of the service is an error of one request.
func TestPanic(t *testing.T) {
	f := newFake()
	f.answer = func(context.Context) error { panic("a fault") }
	if p := post(t, handlerOf(t, f, Options{Logger: quiet()}), `{"inputs": "a", "adapter": "films"}`).problem(t, kindInternal); strings.Contains(p.Detail, "fault") {
		t.Errorf("%+v", p)
	}
}

func TestTimeout(t *testing.T) {
	f := newFake()
	f.answer = func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) }
	h := handlerOf(t, f, Options{Timeout: time.Millisecond, Logger: quiet()})
	if p := post(t, h, `{"inputs": "a", "adapter": "films"}`).problem(t, kindTimeout); !strings.Contains(p.Detail, "1ms") {
		t.Errorf("%+v", p)
	}
}

// TestClientGone: a client that closes its connection ends the service's work.
func TestClientGone(t *testing.T) {
	f := newFake()
	began, ended := make(chan struct{}), make(chan error, 1)
	f.answer = func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
	h := handlerOf(t, f, Options{Logger: quiet()})
	server := httptest.NewServer(h)
	defer server.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-began; cancel() }()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL+"/v1/classify", strings.NewReader(`{"inputs": "a", "adapter": "films"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if _, err := http.DefaultClient.Do(request); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the service's context ended with %v", err)
	}
	server.Close() // waits for the handler
	if got := scrape(t, h); !strings.Contains(got, `lorabook_requests_total{code="499",route="/v1/classify"} 1`) {
		t.Errorf("%s", got)
	}
}
