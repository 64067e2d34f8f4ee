package finetune

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// One call of Classifiers answers single texts and pairs, as classifiers of their own do.
func TestClassifiersOfPairs(t *testing.T) {
	ctx := context.Background()
	e := toy(t)
	e.Training.Epochs = 1
	train := func(open func(*testing.T, string, Experiment, Options) *Run, truncation encoding.Truncation) string {
		t.Helper()
		e := e
		e.Data.Truncation = truncation
		r := open(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
		if _, err := r.Train(ctx); err != nil {
			t.Fatal(err)
		}
		return r.Folder.Path(runfolder.AdapterDir)
	}
	dirs := map[string]string{"single": train(openToy, ""), "pairs": train(openPairs, "")}
	c, err := classify.OpenClassifiers(ctx, "", dirs, classify.ClassifiersOptions{Spare: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	examples := []data.Example{{Text: "a b c"}, {Text: "k a", TextPair: "b k"}, {Text: "d e"}, {Text: "k a k b"}}
	names := []string{"single", "pairs", "pairs", "single"} // the third has an empty second text
	got, err := c.ClassifyExamples(ctx, examples, names)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		alone, err := classify.Open(ctx, "", dirs[name], classify.Options{})
		if err != nil {
			t.Fatal(err)
		}
		want, err := alone.ClassifyExamples(ctx, examples[i:i+1])
		alone.Close()
		if err != nil {
			t.Fatal(err)
		}
		if d := got[i].Probabilities[0] - want[0].Probabilities[0]; got[i].Label != want[0].Label || max(d, -d) > 1e-5 {
			t.Errorf("example %d: %+v, expected %+v", i, got[i], want[0])
		}
	}
	var pairs *classify.PairsError
	if _, err := c.Classify(ctx, []string{"a", "b"}, names[:2]); !errors.As(err, &pairs) || pairs.Adapter != "pairs" {
		t.Errorf("a single text for the adapter of pairs: %v", err)
	}
	if answers, err := c.Classify(ctx, []string{"a b c"}, names[:1]); err != nil || !slices.Equal(answers[0].Probabilities, got[0].Probabilities) {
		t.Errorf("a single text: %+v (%v), expected %+v", answers, err, got[0])
	}
	tail := train(openToy, encoding.Tail)
	if err := c.Open(ctx, "tail", tail); err == nil || !strings.Contains(err.Error(), `adapter "tail" was trained with truncation "tail" of 20 tokens, and "pairs" with truncation "head"`) {
		t.Errorf("an adapter with another truncation was opened: %v", err)
	}
	dirs["tail"] = tail
	if _, err := classify.OpenClassifiers(ctx, "", dirs, classify.ClassifiersOptions{}); err == nil || !strings.Contains(err.Error(), "classify.Options.Truncation") {
		t.Errorf("adapters with two truncations were opened: %v", err)
	}
	all, err := classify.OpenClassifiers(ctx, "", dirs, classify.ClassifiersOptions{Options: classify.Options{Truncation: encoding.Head}})
	if err != nil {
		t.Fatalf("a truncation for all: %v", err)
	}
	all.Close()
}
