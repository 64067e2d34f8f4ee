package finetune

import (
	"context"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// The effect of a word is the log-odds that are lost without it, as Classify computes them. If
// the label good depends on the letter k, every k supports good.
func TestWords(t *testing.T) {
	ctx, dir := context.Background(), filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, toy(t), Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Train(ctx); err != nil {
		t.Fatal(err)
	}
	c, err := classify.Open(ctx, "", dir, classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	odds := func(text string) float64 {
		t.Helper()
		answers, err := c.Classify(ctx, []string{text})
		if err != nil {
			t.Fatal(err)
		}
		return math.Log(answers[0].Probabilities[1] / answers[0].Probabilities[0])
	}
	text := "a k, <br /> k\n e b"
	words := []string{"a", "k,", "k", "e", "b"}
	got, err := c.Words(ctx, text, "good")
	if err != nil || len(got) != len(words) {
		t.Fatal(got, err)
	}
	against, err := c.Words(ctx, text, "bad")
	if err != nil {
		t.Fatal(err)
	}
	for i, word := range words {
		var rest []string
		for j, other := range words {
			if j != i {
				rest = append(rest, other)
			}
		}
		want := odds(text) - odds(strings.Join(rest, " "))
		if got[i].Text != word || math.Abs(got[i].Effect-want) > 1e-3 {
			t.Errorf("%+v, expected %q with %v", got[i], word, want)
		}
		if math.Abs(got[i].Effect+against[i].Effect) > 1e-6 {
			t.Errorf("%q has the effect %v for one class and %v for the other", word, got[i].Effect, against[i].Effect)
		}
		if strings.HasPrefix(word, "k") != (got[i].Effect > 0.2) {
			t.Errorf("%q has an effect of %v", word, got[i].Effect)
		}
	}
	if alone, err := c.Words(ctx, "k", "good"); err != nil || len(alone) != 1 {
		t.Errorf("%v, %v", alone, err)
	}
	for _, fault := range [][3]string{{"a", "great", `"bad" "good"`}, {" <br> ", "good", "the text is empty"}} {
		if _, err := c.Words(ctx, fault[0], fault[1]); err == nil || !strings.Contains(err.Error(), fault[2]) {
			t.Errorf("%q of %q: %v", fault[0], fault[1], err)
		}
	}
}

// The untrained model answers like the baseline.
func TestUntrained(t *testing.T) {
	ctx := context.Background()
	r := openToy(t, filepath.Join(t.TempDir(), "run"), toy(t), Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Baseline(ctx); err != nil {
		t.Fatal(err)
	}
	before, err := r.Folder.ReadPredictions(runfolder.BaselinePredictionsFile)
	if err != nil {
		t.Fatal(err)
	}
	examples, err := r.Examples(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c, err := r.Untrained(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for i, example := range examples.Test[:20] {
		answers, err := c.Classify(ctx, []string{example.Text})
		if err != nil {
			t.Fatal(err)
		}
		want := 1 / (1 + math.Exp(float64(before.Logits[2*i]-before.Logits[2*i+1])))
		if got := answers[0].Probabilities[1]; math.Abs(got-want) > 1e-5 {
			t.Errorf("%s: %v, the baseline has %v", example.ID, got, want)
		}
	}
}
