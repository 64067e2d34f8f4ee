package serve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// classify answers POST /v1/classify.
func (h *Handler) classify(w http.ResponseWriter, r *http.Request) *Problem {
	if h.draining.Load() {
		return drained()
	}
	if h.limiter != nil {
		reservation := h.limiter.ReserveN(h.now(), 1)
		if delay := reservation.DelayFrom(h.now()); delay > 0 {
			reservation.CancelAt(h.now())
			p := kindRate.problem(fmt.Sprintf("the service accepts %g requests per second", h.options.Rate))
			p.retryAfter, p.Remedy = delay, "send the request again after the time in Retry-After"
			return p
		}
	}
	body, p := h.body(w, r)
	if p != nil {
		return p
	}
	q, p := decodeQuestion(body, h.options.MaxInputs)
	if p != nil {
		return p
	}
	requests, p := h.requests(q)
	if p != nil {
		return p
	}
	ctx, cancel := context.WithTimeout(r.Context(), h.options.Timeout)
	defer cancel()
	found, err := h.service.Answer(ctx, requests)
	if err != nil {
		return h.failed(ctx, err, q)
	}
	response := answers{make([]answer, len(found))}
	for i, a := range found {
		if p := fits(q, a, fieldAdapter); p != nil { // the adapter was replaced meanwhile
			return p
		}
		response.Answers[i] = answerOf(a, q)
		h.metrics.answered(a)
		if !q.explain {
			continue
		}
		class := explainedClass(a)
		ofText, ofPair, err := h.service.Words(ctx, requests[i], class)
		if err != nil {
			return h.failed(ctx, err, q)
		}
		response.Answers[i].Words = &words{class, effectsOf(ofText), effectsOf(ofPair)}
	}
	requestOf(r).noteAnswers(found)
	writeJSON(w, http.StatusOK, "application/json", response)
	return nil
}

// body reads the body of a request.
func (h *Handler) body(w http.ResponseWriter, r *http.Request) ([]byte, *Problem) {
	mediaType, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	charset := parameters["charset"]
	if err != nil || mediaType != "application/json" || charset != "" && !strings.EqualFold(charset, "utf-8") {
		p := kindMediaType.problem("the body is not declared as JSON")
		p.Field, p.Expected, p.Found = "Content-Type", "application/json", shown(r.Header.Get("Content-Type"))
		p.Remedy = "send the header Content-Type: application/json, as in curl --json"
		return nil, p
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		p := kindMediaType.problem("the body is compressed")
		p.Field, p.Expected, p.Found, p.Remedy = "Content-Encoding", "identity", shown(encoding), "send the body without compression"
		return nil, p
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, h.options.MaxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		p := kindBody.problem(fmt.Sprintf("the body is larger than %d bytes", h.options.MaxBody))
		p.Field, p.Expected, p.Found = "body", fmt.Sprintf("at most %d bytes", h.options.MaxBody), "more"
		p.Remedy = "send fewer texts in a request"
		return nil, p
	}
	if err != nil {
		p := invalidJSON("the body did not arrive completely")
		return nil, p
	}
	return body, nil
}

// requests returns the service's form of the inputs, after the checks that need no model.
func (h *Handler) requests(q *question) ([]classify.Request, *Problem) {
	known := h.service.Adapters()
	names := namesOf(known)
	out := make([]classify.Request, len(q.inputs))
	explained := 0
	for i, in := range q.inputs {
		field := fieldAdapter
		name := q.adapter
		if in.adapter != "" {
			name, field = in.adapter, q.field(i, fieldAdapter)
		}
		if name == "" && len(known) == 1 {
			name = known[0].Name
		}
		if name == "" {
			p := invalid(field, "the name of an adapter", "nothing", "name one of the adapters")
			p.Adapters = names
			return nil, p
		}
		if at := slices.Index(names, name); at >= 0 {
			info := known[at]
			if p := fits(q, classify.ServiceAnswer{TaskAnswer: classify.TaskAnswer{Task: info.Task}, Adapter: name}, field); p != nil {
				return nil, p
			}
			if info.Pairs && info.Task != data.TokenClassification && in.textPair == "" {
				return nil, invalid(q.field(i, fieldTextPair), fmt.Sprintf("the second text of a pair, since the adapter %q was trained on pairs", name), "nothing", `send {"text": "…", "text_pair": "…"}`)
			}
			if in.words != nil && info.Task != data.TokenClassification {
				return nil, invalid(q.field(i, fieldWords), "an adapter for "+string(data.TokenClassification), fmt.Sprintf("adapter %q for %s", name, taskOf(info.Task)), "send the text in place of words")
			}
		} else if name != adapters.Base {
			return nil, unknownAdapter(field, name, names)
		}
		out[i] = classify.Request{Text: in.text, TextPair: in.textPair, Words: in.words, Adapter: name}
		explained += len(strings.Fields(in.text)) + len(strings.Fields(in.textPair))
	}
	if q.adapter != "" && q.adapter != adapters.Base && !slices.Contains(names, q.adapter) {
		return nil, unknownAdapter(fieldAdapter, q.adapter, names)
	}
	if q.explain && explained > h.options.MaxExplainedWords {
		return nil, invalid(fieldExplain, fmt.Sprintf("texts with at most %d words together", h.options.MaxExplainedWords), fmt.Sprintf("%d words", explained), "explain fewer or shorter texts in a request: each word costs an answer")
	}
	return out, nil
}

// field returns the place of a field of an input.
func (q *question) field(input int, name string) string {
	if q.single {
		return fieldInputs + "." + name
	}
	return fmt.Sprintf("%s[%d].%s", fieldInputs, input, name)
}

// fits refuses fields that have no effect on an answer of the adapter.
func fits(q *question, a classify.ServiceAnswer, field string) *Problem {
	task := taskOf(a.Task)
	refuse := func(name string, tasks string) *Problem {
		p := invalid(name, "an adapter for "+tasks, fmt.Sprintf("adapter %q for %s", a.Adapter, task), "leave "+name+" out")
		if field != fieldAdapter {
			p.Remedy += ", or out of the requests for this adapter"
		}
		return p
	}
	if q.threshold > 0 && task != data.MultiLabel {
		return refuse(fieldThreshold, string(data.MultiLabel))
	}
	if q.explain && task == data.TokenClassification {
		return refuse(fieldExplain, "classes of whole texts, or numbers")
	}
	if q.topK > 0 && task != data.SingleLabel && task != data.MultiLabel {
		return refuse(fieldTopK, string(data.SingleLabel)+" or "+string(data.MultiLabel))
	}
	return nil
}

func namesOf(known []classify.AdapterInfo) []string {
	names := make([]string, len(known))
	for i, a := range known {
		names[i] = a.Name
	}
	return names
}

// drained returns the problem of a request during a shutdown.
func drained() *Problem {
	p := kindDraining.problem("the service answers what it accepted and then ends")
	p.retryAfter, p.Remedy = retryDraining, "send the request to another instance, or again later"
	return p
}
