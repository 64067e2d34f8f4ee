package classify_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
)

// gate is an observer that stops the computation after a batch until it is opened.
type gate struct {
	reached chan classify.BatchInfo
	open    chan struct{}
}

func newGate() gate {
	return gate{reached: make(chan classify.BatchInfo, 1000), open: make(chan struct{})}
}

func (g gate) Batch(info classify.BatchInfo) {
	g.reached <- info
	<-g.open
}

// answered is the end of a call.
type answered struct {
	answers []classify.ServiceAnswer
	err     error
}

// ask asks in the background.
func ask(ctx context.Context, s *classify.Service, requests ...classify.Request) <-chan answered {
	out := make(chan answered, 1)
	go func() {
		answers, err := s.Answer(ctx, requests)
		out <- answered{answers, err}
	}()
	return out
}

// waitFor waits for a state of the service.
func waitFor(t *testing.T, s *classify.Service, what string, reached func(classify.ServiceStats) bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !reached(s.Stats()); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not reached within a minute: %s: %+v", what, s.Stats())
		}
	}
}

// gated returns a service with the adapter "mood" whose computation is stopped: all batches that are
// computed at a time, with one text each, have reached the gate.
func gated(t *testing.T, o classify.ServiceOptions) (s *classify.Service, g gate, running []<-chan answered) {
	t.Helper()
	modelDir := toytest.Model(t)
	g = newGate()
	o.Model, o.Adapters, o.Observer = modelDir, map[string]string{"mood": every["mood"].save(t, modelDir, t.TempDir()+"/mood", 1)}, g
	o.MaxLength, o.Sizes = 20, []int{24}
	s = newService(t, o)
	for range classify.Runners() {
		running = append(running, ask(context.Background(), s, mood))
		<-g.reached
	}
	return s, g, running
}

var mood = classify.Request{Text: "a b c", Adapter: "mood"}

// TestOverload: a call that finds the queue full is refused at once, as a whole, and the calls that
// were accepted are answered.
func TestOverload(t *testing.T) {
	s, g, calls := gated(t, classify.ServiceOptions{Queue: 4})
	for range 4 {
		calls = append(calls, ask(t.Context(), s, mood))
	}
	waitFor(t, s, "a full queue", func(n classify.ServiceStats) bool { return n.Queued == 4 })
	for _, n := range []int{1, 3} {
		_, err := s.Answer(t.Context(), slices.Repeat([]classify.Request{mood}, n))
		var full *classify.OverloadedError
		if !errors.As(err, &full) || !errors.Is(err, classify.ErrOverloaded) || full.Queued != 4 || full.Capacity != 4 || full.RetryAfter < time.Millisecond {
			t.Errorf("%d texts for a full queue: %v", n, err)
		}
	}
	if _, err := s.Answer(t.Context(), slices.Repeat([]classify.Request{mood}, 5)); err == nil {
		t.Error("a call with more texts than the queue can hold was answered")
	} else if many := (*classify.TooManyTextsError)(nil); !errors.As(err, &many) || many.Texts != 5 || many.Limit != 4 {
		t.Errorf("a call with more texts than the queue can hold: %v", err)
	}
	close(g.open)
	for _, c := range calls {
		if a := <-c; a.err != nil || len(a.answers) != 1 {
			t.Errorf("an accepted call: %+v", a)
		}
	}
	if n := s.Stats(); n.Accepted != int64(len(calls)) || n.Answered != int64(len(calls)) || n.Refused != 4 || n.Queued != 0 {
		t.Errorf("the counters are %+v", n)
	}
}

// TestCancelledCallsLeaveTheQueue: the end of a call's context frees the places of its texts, which are
// not computed.
func TestCancelledCallsLeaveTheQueue(t *testing.T) {
	s, g, calls := gated(t, classify.ServiceOptions{Queue: 2})
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := ask(ctx, s, mood, mood)
	waitFor(t, s, "a full queue", func(n classify.ServiceStats) bool { return n.Queued == 2 })
	cancel()
	if a := <-cancelled; !errors.Is(a.err, context.Canceled) {
		t.Errorf("a cancelled call: %+v", a)
	}
	if n := s.Stats(); n.Queued != 0 || n.Cancelled != 2 {
		t.Errorf("after the end of the context the counters are %+v", n)
	}
	deadline, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if a := <-ask(deadline, s, mood); !errors.Is(a.err, context.DeadlineExceeded) {
		t.Errorf("a call whose deadline has passed: %+v", a)
	}
	calls = append(calls, ask(t.Context(), s, mood, mood))
	waitFor(t, s, "a full queue", func(n classify.ServiceStats) bool { return n.Queued == 2 })
	close(g.open)
	for _, c := range calls {
		if a := <-c; a.err != nil {
			t.Error(a.err)
		}
	}
	if n, want := s.Stats(), int64(classify.Runners()+2); n.Answered != want {
		t.Errorf("%d answered texts, expected %d", n.Answered, want)
	}
}

// TestCloseAnswersWhatWasAccepted: after Close new calls give ErrClosed, and the texts that wait are
// answered, also if the context of Close ends first.
func TestCloseAnswersWhatWasAccepted(t *testing.T) {
	s, g, calls := gated(t, classify.ServiceOptions{})
	for range 20 {
		calls = append(calls, ask(t.Context(), s, mood, mood))
	}
	waitFor(t, s, "40 texts", func(n classify.ServiceStats) bool { return n.Queued == 40 })
	short, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Close(short); !errors.Is(err, context.Canceled) {
		t.Errorf("Close with an ended context: %v", err)
	}
	if _, err := s.Answer(t.Context(), []classify.Request{mood}); !errors.Is(err, classify.ErrClosed) {
		t.Errorf("a call after Close: %v", err)
	}
	if err := s.Load(t.Context(), "other", t.TempDir(), classify.AdapterOptions{}); err == nil {
		t.Error("an adapter was loaded after Close")
	}
	if err := s.Unload("mood"); !errors.Is(err, classify.ErrClosed) {
		t.Errorf("Unload after Close: %v", err)
	}
	close(g.open)
	for _, c := range calls {
		if a := <-c; a.err != nil || len(a.answers) == 0 {
			t.Errorf("a call before Close: %+v", a)
		}
	}
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if n, want := s.Stats(), int64(classify.Runners()+40); n.Answered != want || n.Accepted != want {
		t.Errorf("the counters are %+v", n)
	}
}

// TestTextsThatAreRefused: texts that no adapter can answer, with their index in the call.
func TestTextsThatAreRefused(t *testing.T) {
	modelDir := toytest.Model(t)
	s := newService(t, classify.ServiceOptions{Model: modelDir, Adapters: saveAll(t, modelDir), Options: classify.Options{MaxLength: 8}, Sizes: []int{8}, RefuseLong: true})
	for name, bad := range map[string]classify.Request{
		"empty":               {Text: "", Adapter: "mood"},
		"empty after Clean":   {Text: " \t\n", Adapter: "mood"},
		"too long":            {Text: "a b c d e f g h i", Adapter: "mood"},
		"empty second text":   {Text: "a", TextPair: " ", Adapter: "same"},
		"words for a text":    {Words: []string{"a"}, Adapter: "mood"},
		"no words":            {Text: " ", Adapter: "names"},
		"text and words":      {Text: "a", Words: []string{"a"}, Adapter: "names"},
		"a pair for words":    {Text: "a", TextPair: "b", Adapter: "names"},
		"text without UTF-8":  {Text: "\xff", Adapter: "names"},
		"words without UTF-8": {Words: []string{"\xff"}, Adapter: "names"},
	} {
		_, err := s.Answer(t.Context(), []classify.Request{{Text: "a", Adapter: "mood"}, bad})
		var text *classify.TextError
		if !errors.As(err, &text) || text.Index != 1 || text.Reason == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	var pairs *classify.PairsError
	if _, err := s.Answer(t.Context(), []classify.Request{{Text: "a", Adapter: "same"}}); !errors.As(err, &pairs) {
		t.Errorf("a single text for an adapter of pairs: %v", err)
	}
	if n := s.Stats(); n.Accepted != 0 || n.Queued != 0 {
		t.Errorf("refused calls count as accepted: %+v", n)
	}
}
