package classify_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// TestSpoiledNumbersStayApart: an adapter whose hidden states overflow has no effect on the texts of other
// adapters in its batches.
func TestSpoiledNumbersStayApart(t *testing.T) {
	modelDir, root, g := toytest.Model(t), t.TempDir(), newGate()
	dirs := map[string]string{}
	for name, targets := range map[string][]string{"scores": {"query", "key"}, "values": {"value"}, "feed": {"intermediate.dense"}} {
		wild := adapter{task: data.SingleLabel, labels: []string{"bad", "good"}, rank: 2, targets: targets, cancelling: 3e38}
		dirs[name] = wild.save(t, modelDir, filepath.Join(root, name), 3)
	}
	dirs["mood"] = every["mood"].save(t, modelDir, filepath.Join(root, "mood"), 1)
	s := newService(t, classify.ServiceOptions{
		Model: modelDir, Adapters: dirs, Options: classify.Options{MaxLength: 20}, Sizes: []int{24, 128}, Observer: g,
	})
	running := []<-chan answered{ask(t.Context(), s, mood)}
	<-g.reached
	for len(running) < classify.Runners() {
		running = append(running, ask(t.Context(), s, mood))
		<-g.reached
	}
	var mixed []<-chan answered
	names := []string{"scores", "mood", "values", "mood", "feed", "mood"}
	for _, name := range names {
		mixed = append(mixed, ask(t.Context(), s, classify.Request{Text: "a b c", Adapter: name}))
	}
	waitFor(t, s, "six texts in the queue", func(n classify.ServiceStats) bool { return n.Queued == len(names) })
	close(g.open)
	want := (<-running[0]).answers[0]
	for i, c := range mixed {
		switch a := <-c; {
		case names[i] != "mood":
			if a.err == nil {
				t.Errorf("the adapter %q, which overflows, answered %+v", names[i], a.answers)
			}
		case a.err != nil:
			t.Errorf("a text beside adapters that overflow: %v", a.err)
		default:
			if diff := differ(a.answers[0].TaskAnswer, want.TaskAnswer); diff != "" {
				t.Errorf("a text beside adapters that overflow: %s", diff)
			}
		}
	}
}

// TestSizes: sizes of batches that cannot be used are errors that name the option; others answer texts
// up to the maximum length.
func TestSizes(t *testing.T) {
	modelDir, root := toytest.Model(t), t.TempDir()
	dirs := map[string]string{"mood": every["mood"].save(t, modelDir, filepath.Join(root, "mood"), 1)}
	for _, c := range []struct {
		sizes           []int
		tokens, longest int
		want            string // part of the error
	}{
		{[]int{20}, 0, 0, "Sizes is [20], expected ascending multiples of 8"},
		{[]int{24, 24}, 0, 0, "Sizes is [24 24]"},
		{[]int{24, 8}, 0, 0, "Sizes is [24 8]"},
		{[]int{0, 8}, 0, 0, "Sizes is [0 8]"},
		{[]int{-8, 8}, 0, 0, "Sizes is [-8 8]"},
		{[]int{8, 16384}, 0, 0, "Sizes is 16384, expected at most 8192"},
		{[]int{16}, 0, 17, "the largest of Sizes is 16, expected at least MaxLength, 17"},
		{[]int{24}, 32, 17, "the largest of Sizes is 24, expected at least MaxTokens, 32"},
		{nil, 7, 0, "MaxTokens is 7, expected 8 to 8192"},
		{nil, math.MaxInt, 0, "expected 8 to 8192"},
		{nil, -1, 0, "MaxTokens is -1"},
		{[]int{24}, 0, 17, ""},
		{[]int{8, 64}, 30, 17, ""}, // batches of several texts have 8 tokens
		{nil, 8, 17, ""},
		{nil, 12, 17, ""},
		{nil, 100, 17, ""},
		{nil, 8192, 17, ""},
	} {
		o := classify.ServiceOptions{Model: modelDir, Adapters: dirs, Sizes: c.sizes, MaxTokens: c.tokens, Options: classify.Options{MaxLength: c.longest}}
		s, err := classify.NewService(context.Background(), o)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, %d tokens, texts of %d: the error is %v, expected %q", c.sizes, c.tokens, c.longest, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v, %d tokens, texts of %d: %v", c.sizes, c.tokens, c.longest, err)
			continue
		}
		long := classify.Request{Text: strings.Repeat("a b c ", 10), Adapter: "mood"}
		answers, err := s.Answer(t.Context(), append(slices.Repeat([]classify.Request{mood}, 5), long))
		if err != nil || len(answers) != 6 || answers[5].Cut == 0 {
			t.Errorf("%v, %d tokens, texts of %d: %v, %+v", c.sizes, c.tokens, c.longest, err, answers)
		}
		if err := s.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestTextsOfTheBaseFit: a model that was trained with longer texts than the largest size does not answer
// itself, while its adapters do.
func TestTextsOfTheBaseFit(t *testing.T) {
	m, err := bert.Open(t.Context(), toytest.Model(t), bert.Options{Head: bert.Classification, Labels: []string{"bad", "good"}, FreshHead: true})
	if err != nil {
		t.Fatal(err)
	}
	modelDir := filepath.Join(t.TempDir(), "trained")
	if err := m.Save(modelDir); err != nil {
		t.Fatal(err)
	}
	record := encoding.Record{Truncation: encoding.HeadTail, MaxLength: 20}
	if err := record.Write(modelDir); err != nil {
		t.Fatal(err)
	}
	s := newService(t, classify.ServiceOptions{Model: modelDir, Sizes: []int{16}, Adapters: map[string]string{
		"kind": every["kind"].save(t, modelDir, t.TempDir()+"/kind", 1), // reads 8 tokens
	}})
	one(t, s, classify.Request{Text: "a b c", Adapter: "kind"})
	if _, err := s.Answer(t.Context(), []classify.Request{{Text: "a b c", Adapter: adapters.Base}}); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("texts of %d tokens, and the service reads at most 16", 20)) {
		t.Errorf("the error is %v", err)
	}
}
