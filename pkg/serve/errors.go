package serve

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/classify"
)

// retryDraining is the time in Retry-After during a shutdown.
const retryDraining = 5 * time.Second

// retryChanged is the time in Retry-After for an adapter whose files changed.
const retryChanged = 5 * time.Second

// unknownAdapter returns the problem of a name that no adapter has.
func unknownAdapter(field, name string, known []string) *Problem {
	p := kindAdapter.problem("no adapter has the name " + shown(name))
	p.Field, p.Found, p.Adapters = field, shown(name), known
	p.Expected, p.Remedy = "one of the adapters of the service", "name one of the adapters, or load this one"
	if len(known) == 0 {
		p.Expected, p.Remedy = "an adapter; the service has none", "load an adapter"
	}
	return p
}

// failed returns the problem of the service's error.
func (h *Handler) failed(ctx context.Context, err error, q *question) *Problem {
	var (
		text     *classify.TextError
		pairs    *classify.PairsError
		unknown  *adapters.NameError
		overload *classify.OverloadedError
		many     *classify.TooManyTextsError
		base     *classify.BaseError
		crowd    *classify.TooManyAdaptersError
		changed  *classify.AdapterChangedError
	)
	switch {
	case errors.As(err, &text):
		field := fieldInputs
		if text.Index >= 0 && text.Index < len(q.inputs) {
			field = q.field(text.Index, q.inputs[text.Index].field())
		}
		p := kindRequest.problem(field + ": " + text.Reason)
		p.Field, p.Expected, p.Found = field, "a text that the adapter can read", text.Reason
		p.Remedy = "change this text or send the others without it"
		return p
	case errors.As(err, &pairs):
		return invalid(fieldInputs, fmt.Sprintf("pairs of texts for the adapter %q", pairs.Adapter), "a single text", `send {"text": "…", "text_pair": "…"}`)
	case errors.As(err, &many):
		return invalid(fieldInputs, fmt.Sprintf("at most %d texts, a text in windows counting once for each", many.Limit), fmt.Sprint(many.Texts), "send several requests; with explain, each word counts as a text")
	case errors.As(err, &base):
		// The error names the folder of the model, which is for the log alone.
		p := invalid(fieldAdapter, "an adapter, since the model alone has no trained classifier with named classes", `"`+adapters.Base+`"`, "name an adapter of /v1/models")
		p.Adapters, p.cause = namesOf(h.service.Adapters()), base
		return p
	case errors.As(err, &crowd):
		return invalid(fieldAdapter, fmt.Sprintf("at most %d different adapters in a request, the number in memory", crowd.Limit), strconv.Itoa(crowd.Adapters), "send several requests, or start the service with a larger --max-adapters")
	case errors.As(err, &unknown):
		return unknownAdapter(fieldAdapter, unknown.Name, namesOf(h.service.Adapters()))
	case errors.As(err, &overload):
		p := kindOverload.problem("the queue has no place for the texts of this request")
		p.retryAfter, p.Remedy = max(overload.RetryAfter, time.Second), "send the request again after the time in Retry-After"
		return p
	case errors.As(err, &changed):
		// The error names the folder, which is for the log alone.
		p := kindChanged.problem("the files of the adapter " + shown(changed.Name) + " changed, and their new version is not loaded")
		p.Field, p.retryAfter, p.cause = fieldAdapter, retryChanged, changed
		p.Remedy = "send the request again after the time in Retry-After; a watched folder is loaded by then"
		return p
	case errors.Is(err, classify.ErrClosed):
		return drained()
	case errors.Is(err, context.DeadlineExceeded) && errors.Is(ctx.Err(), context.DeadlineExceeded):
		p := kindTimeout.problem(fmt.Sprintf("no answer within %v", h.options.Timeout))
		p.Remedy = "send fewer or shorter texts in a request, or again when there is less load"
		return p
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return &Problem{Status: statusClientClosed, Detail: "the client closed its connection"}
	}
	p := kindInternal.problem("the answer could not be computed; the log has the reason with this request's id")
	p.Remedy = "report the request id to the operator"
	p.cause = err
	return p
}

// statusClientClosed is nginx's code for a client that closed its connection: only logs and metrics
// show it.
const statusClientClosed = 499

// oneLine returns an error's text for a log.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
