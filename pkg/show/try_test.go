package show

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/splits"
)

// constant predicts one class for every text.
type constant struct{ class string }

func (c constant) Classify(_ context.Context, texts []string) ([]classify.Answer, error) {
	if texts[0] == "fail" {
		return nil, errors.New("no model")
	}
	if strings.TrimSpace(texts[0]) == "" {
		return nil, &classify.TextError{Reason: "the text is empty"}
	}
	return []classify.Answer{{Label: c.class, Probability: 0.75}}, nil
}

func (c constant) Words(_ context.Context, text, _ string) ([]classify.WordEffect, error) {
	var words []classify.WordEffect
	for i, w := range strings.Fields(text) {
		words = append(words, classify.WordEffect{Text: w, Effect: float64(i)})
	}
	return words, nil
}

// Typed texts and the examples with a typed number are answered, until an empty line.
func TestTry(t *testing.T) {
	var out strings.Builder
	var shown []string
	try := trial{
		out: &out, untrained: constant{"bad"}, trained: constant{"good"}, labels: []string{"bad", "good"},
		examples: []Text{{Name: "r1 is good", Text: "first example"}, {Name: "r2 is bad", Text: "second example"}},
		display: func(f Figures) error {
			for _, t := range f.Tables {
				shown = append(shown, t.Text())
			}
			for _, c := range f.Charts {
				shown = append(shown, c.Text())
			}
			return nil
		},
	}
	ask := func(lines ...string) func(context.Context) (string, error) {
		return func(context.Context) (string, error) {
			line := lines[0]
			lines = lines[1:]
			return line, nil
		}
	}
	if err := try.run(t.Context(), ask("typed text", "2", "3", "-1", "  ", "")); err != nil {
		t.Fatal(err)
	}
	want := ""
	for _, text := range []string{"typed text", "second example"} {
		want += text + "\n   untrained: bad 0.75   trained: good 0.75\n"
	}
	want += "There is no example 3: expected 1 to 2.\nThere is no example -1: expected 1 to 2.\nNo prediction: the text is empty.\n"
	if out.String() != want {
		t.Errorf("printed\n%s", out.String())
	}
	for i, want := range []string{"     2  r2 is bad   second example\n", "your text; predicted good", "r2 is bad; predicted good"} {
		if len(shown) != 3 || !strings.Contains(shown[i], want) {
			t.Errorf("no %q in %q", want, shown)
		}
	}
	failed := errors.New("interrupted")
	if err := try.run(t.Context(), func(context.Context) (string, error) { return "", failed }); !errors.Is(err, failed) {
		t.Errorf("error is %v", err)
	}
	if err := try.run(t.Context(), ask("fail")); err == nil || err.Error() != "no model" {
		t.Errorf("error is %v", err)
	}
}

// Examples with a changed prediction come first; IMDB's are not listed.
func TestOffer(t *testing.T) {
	reviews := &splits.Examples{Labels: []string{"bad", "good"}}
	for i := range 2 * offered {
		reviews.Test = append(reviews.Test, data.Example{ID: fmt.Sprint("r", i), Label: i % 2, Text: "text"})
	}
	report := &finetune.Report{Comparison: &metrics.Comparison{Flips: []metrics.Flip{{ID: "r2"}}}}
	texts := offer(data.SingleLabel, report, reviews)
	if len(texts) != offered || texts[0].Name != "r2 is bad, prediction changed" || texts[1].Name != "r0 is bad" || texts[2].Name != "r1 is good" {
		t.Errorf("%d texts, %q", len(texts), texts[:3])
	}
	reviews.Name = imdb
	if texts := offer(data.SingleLabel, report, reviews); len(texts) != len(ownTexts) || texts[0] != ownTexts[0] {
		t.Errorf("%q", texts)
	}
}
