package notebook

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestAsk(t *testing.T) {
	ctx := context.Background()
	var prompts []string
	a := &asker{in: strings.NewReader("  one review \n\nthe last"), request: func(p string) { prompts = append(prompts, p) }}
	for i, want := range []string{"one review", "", "the last", "", ""} {
		if got, err := a.ask(ctx, "?"); err != nil || got != want {
			t.Errorf("answer %d: %q, %v; expected %q", i, got, err, want)
		}
	}
	if len(prompts) != 5 {
		t.Errorf("asked %d times", len(prompts))
	}
}

// TestAskEnds: an interrupted question gives up, and its late answer goes to the next.
func TestAskEnds(t *testing.T) {
	in, typed := io.Pipe()
	ctx, cancel := context.WithCancel(context.Background())
	a := &asker{in: in, request: func(string) { cancel() }}
	if got, err := a.ask(ctx, "?"); !errors.Is(err, context.Canceled) || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := a.ask(ctx, "?"); !errors.Is(err, context.Canceled) {
		t.Errorf("asked after the end: %v", err)
	}
	a.request = func(string) {}
	go func() { _, _ = typed.Write([]byte("late\n")) }()
	if got, err := a.ask(context.Background(), "?"); err != nil || got != "late" {
		t.Errorf("%q, %v", got, err)
	}
	go func() { _ = typed.CloseWithError(errors.New("the pipe broke")) }()
	if _, err := a.ask(context.Background(), "?"); err == nil || err.Error() != "the pipe broke" {
		t.Errorf("%v", err)
	}
}

// Lines ends at an empty line, at the end of input, and when the loop ends.
func TestLines(t *testing.T) {
	a := &asker{in: strings.NewReader("one\ntwo\n\nthree\nfour\nfive"), request: func(string) {}}
	collect := func(most int) (got []string) {
		for line := range a.each(t.Context(), "?") {
			if got = append(got, line); len(got) == most {
				break
			}
		}
		return got
	}
	for i, want := range [][]string{{"one", "two"}, {"three"}, {"four", "five"}, nil} {
		if got := collect([]int{9, 1, 9, 9}[i]); !slices.Equal(got, want) {
			t.Errorf("loop %d: %q, expected %q", i, got, want)
		}
	}
}

// An error of the prompt ends the cell.
func TestLinesFail(t *testing.T) {
	text, status := catchExit(t)
	in, typed := io.Pipe()
	_ = typed.CloseWithError(errors.New("the pipe broke"))
	a := &asker{in: in, request: func(string) {}}
	for line := range a.each(t.Context(), "?") {
		t.Errorf("line %q", line)
	}
	if text.String() != "the pipe broke\n" || *status != 1 {
		t.Errorf("%q, status %d", text, *status)
	}
}
