package bytecount_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/bytecount"
)

func TestCounter(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var done, total int64
	c := &bytecount.Counter{Ctx: ctx, Total: 9, Report: func(d, n int64) { done, total = d, n }}
	for _, text := range []string{"one", "two"} {
		if _, err := io.Copy(c, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
	}
	if done != 6 || total != 9 {
		t.Errorf("reported %d of %d, want 6 of 9", done, total)
	}
	cancel()
	if _, err := io.Copy(c, strings.NewReader("three")); !errors.Is(err, context.Canceled) || done != 6 {
		t.Errorf("after the context ended: %v, %d bytes", err, done)
	}
}
