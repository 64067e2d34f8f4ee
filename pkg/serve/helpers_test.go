package serve

import (
	"context"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/lorabook/lorabook/pkg/classify"
)

func traceOf(ctx context.Context) string {
	return trace.SpanContextFromContext(ctx).TraceID().String()
}

func batchInfo(texts, tokens, padded int) classify.BatchInfo {
	return classify.BatchInfo{Texts: texts, Tokens: tokens, PaddedTokens: padded, Waited: time.Millisecond, Took: time.Millisecond}
}

func handlerOf(t testing.TB, service Service, options Options) *Handler {
	t.Helper()
	h, err := New(service, options)
	if err != nil {
		t.Fatal(err)
	}
	return h
}
