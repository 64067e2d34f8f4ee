package serve

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// fake is a service without a model. The classes' probabilities depend on the number of bytes of a
// text.
type fake struct {
	mu       sync.Mutex
	adapters []classify.AdapterInfo
	asked    []classify.Request
	stats    classify.ServiceStats
	err      error
	answer   func(ctx context.Context) error // before an answer
}

// newFake has an adapter for each task.
func newFake() *fake {
	return &fake{stats: classify.ServiceStats{Queued: 3, Capacity: 512, Adapters: 4, Resident: 2}, adapters: []classify.AdapterInfo{
		{Name: "films", Version: "v1", Repository: "owner/films", Commit: "0123456789abcdef0123456789abcdef01234567", MaxTokens: 256, Resident: true, Labels: []string{"neg", "pos"}, Loaded: time.Unix(1e9, 0)},
		{Name: "names", Version: "v4", Task: data.TokenClassification, MaxTokens: 256, Pairs: true, Labels: []string{"B-PER", "O"}, Loaded: time.Unix(1e9, 0)},
		{Name: "stars", Version: "v2", Task: data.Regression, MaxTokens: 256, Labels: []string{"stars"}, Loaded: time.Unix(1e9, 0)},
		{Name: "topics", Version: "v3", Task: data.MultiLabel, MaxTokens: 128, Thresholds: map[string]float64{"law": 0.5}, Labels: []string{"art", "law", "sport"}, Loaded: time.Unix(1e9, 0)},
	}}
}

func (f *fake) Adapters() []classify.AdapterInfo {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.adapters)
}

func (f *fake) Base() (name, revision string) { return "lorabook-tiny", "main" }

func (f *fake) Stats() classify.ServiceStats {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.stats
}

// Answer computes scores from the length of the text: 0.25 for an even one, otherwise 0.75.
func (f *fake) Answer(ctx context.Context, requests []classify.Request) ([]classify.ServiceAnswer, error) {
	if f.answer != nil {
		if err := f.answer(ctx); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return nil, f.err
	}
	f.asked = append(f.asked, requests...)
	out := make([]classify.ServiceAnswer, len(requests))
	for i, r := range requests {
		at := slices.IndexFunc(f.adapters, func(a classify.AdapterInfo) bool { return a.Name == r.Adapter })
		if at < 0 {
			return nil, fmt.Errorf("no adapter %q", r.Adapter)
		}
		a := f.adapters[at]
		seen := tokenizers.UnknownTokens{Tokens: len(strings.Fields(r.Text + " " + r.TextPair)), Unknown: strings.Count(r.Text, "☃")}
		out[i] = classify.ServiceAnswer{Adapter: a.Name, Version: a.Version, Classes: a.Labels, Cut: max(0, seen.Tokens-8)}
		out[i].Task = a.Task
		p := 0.25 + float64(len(r.Text)%2)/2
		switch a.Task {
		case data.TokenClassification: // the first word is an entity
			words := r.Words
			if words == nil {
				words = strings.Fields(r.Text)
			}
			out[i].Tagged = classify.Tagged{Text: strings.Join(words, " "), Unread: max(0, len(words)-8), UnknownTokens: seen}
			if len(words) > 0 {
				out[i].Tagged.Entities = []classify.Entity{{Type: "PER", Text: words[0], EndRune: len([]rune(words[0])), End: len(words[0]), Probability: p}}
			}
		case data.Regression:
			out[i].Number = classify.Number{Value: float64(len(r.Text)), UnknownTokens: seen}
		case data.MultiLabel:
			out[i].Answer = classify.Answer{Probabilities: []float64{p, 0.5, 1 - p}, Labels: []string{"law"}, UnknownTokens: seen}
		default:
			out[i].Answer = classify.Answer{Label: "neg", Probability: 1 - p, Probabilities: []float64{1 - p, p}, UnknownTokens: seen}
			if p > 0.5 {
				out[i].Answer.Label, out[i].Answer.Probability = "pos", p
			}
		}
	}
	return out, nil
}

// Words gives each word its length as its effect.
func (f *fake) Words(ctx context.Context, request classify.Request, class string) (ofText, ofPair []classify.WordEffect, err error) {
	effects := func(text string) (out []classify.WordEffect) {
		for _, word := range strings.Fields(text) {
			out = append(out, classify.WordEffect{Text: word, Effect: float64(len(word)) * math.Pow(-1, float64(len(class)))})
		}
		return out
	}
	return effects(request.Text), effects(request.TextPair), f.err
}

// Load adds an adapter for one class per text, and refuses the folder "damaged".
func (f *fake) Load(_ context.Context, name, folder string, _ classify.AdapterOptions) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	f.adapters = slices.DeleteFunc(f.adapters, func(a classify.AdapterInfo) bool { return a.Name == name })
	f.adapters = append(f.adapters, classify.AdapterInfo{Name: name, Folder: folder, Labels: []string{"neg", "pos"}})
	return nil
}

func (f *fake) Unload(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.adapters = slices.DeleteFunc(f.adapters, func(a classify.AdapterInfo) bool { return a.Name == name })
	return nil
}

func (f *fake) names() []string {
	names := namesOf(f.Adapters())
	slices.Sort(names)
	return names
}

// fails makes the service return an error.
func (f *fake) fails(t *testing.T, err error) {
	t.Helper()
	f.mu.Lock()
	f.err = err
	f.mu.Unlock()
	t.Cleanup(func() {
		f.mu.Lock()
		f.err = nil
		f.mu.Unlock()
	})
}
