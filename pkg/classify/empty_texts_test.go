package classify_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// isEmpty reports an error that is no TextError for the text with the index.
func isEmpty(t *testing.T, call string, err error, index int) {
	t.Helper()
	var text *classify.TextError
	if !errors.As(err, &text) || text.Index != index || text.Reason != "the text is empty" {
		t.Errorf("%s: %v, expected a TextError for text %d", call, err, index)
	}
}

// blankTexts are empty, or once they are cleaned.
var blankTexts = []string{"", " \t\n", "<br />", "&nbsp;"}

// TestEmptyTexts: a Classifier of each task refuses an empty text and names its index, and answers a
// pair without a second text.
func TestEmptyTexts(t *testing.T) {
	ctx, modelDir := t.Context(), toytest.Model(t)
	for _, name := range []string{"mood", "topics", "stars", "same"} {
		c, err := classify.Open(ctx, modelDir, every[name].save(t, modelDir, t.TempDir()+"/"+name, 1), classify.Options{MaxLength: 20})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		numbers, pairs := c.Task() == data.Regression, every[name].record.Pairs
		for _, blank := range blankTexts {
			call := fmt.Sprintf("%s, %q", name, blank)
			examples := []data.Example{{Text: "a", TextPair: "b"}, {Text: "b"}, {Text: blank, TextPair: "c"}, {Text: blank}}
			if numbers {
				_, err = c.ScoreExamples(ctx, examples)
			} else {
				_, err = c.ClassifyExamples(ctx, examples)
			}
			isEmpty(t, call, err, 2)
			_, _, err = c.WordsOfPair(ctx, blank, "a", c.Model().Config.Labels[0])
			isEmpty(t, call, err, 0)
			if pairs {
				continue
			}
			if numbers {
				_, err = c.Score(ctx, []string{"a", blank, ""})
			} else {
				_, err = c.Classify(ctx, []string{"a", blank, ""})
			}
			isEmpty(t, call, err, 1)
			_, err = c.Words(ctx, blank, c.Model().Config.Labels[0])
			isEmpty(t, call, err, 0)
		}
		if numbers {
			_, err = c.ScoreExamples(ctx, []data.Example{{Text: "a", TextPair: "b"}, {Text: "b"}})
		} else {
			_, err = c.ClassifyExamples(ctx, []data.Example{{Text: "a", TextPair: "b"}, {Text: "b"}})
		}
		if err != nil {
			t.Errorf("%s: a pair without a second text: %v", name, err)
		}
	}
}

// TestEmptyTextsOfSeveralAdapters: the index is that of the call, whichever adapter the text is for and
// whether the others are pairs.
func TestEmptyTextsOfSeveralAdapters(t *testing.T) {
	ctx, modelDir := t.Context(), toytest.Model(t)
	dirs := map[string]string{}
	for i, name := range []string{"mood", "topics", "stars", "same"} {
		dirs[name] = every[name].save(t, modelDir, t.TempDir()+"/"+name, uint64(i))
	}
	c, err := classify.OpenClassifiers(ctx, modelDir, dirs, classify.ClassifiersOptions{OwnLabels: true, Options: classify.Options{MaxLength: 20}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for _, blank := range blankTexts {
		_, err := c.Classify(ctx, []string{"a", "b", blank}, []string{"mood", "topics", "mood"})
		isEmpty(t, "Classify", err, 2)
		_, err = c.Score(ctx, []string{"a", blank}, []string{"stars", "stars"})
		isEmpty(t, "Score", err, 1)
		examples := []data.Example{{Text: "a", TextPair: "b"}, {Text: "a"}, {Text: blank}, {Text: blank, TextPair: "c"}}
		_, err = c.ClassifyExamples(ctx, examples, []string{"same", "mood", "topics", "same"})
		isEmpty(t, "ClassifyExamples", err, 2)
		_, err = c.ScoreExamples(ctx, examples, []string{"stars", "stars", "stars", "stars"})
		isEmpty(t, "ScoreExamples", err, 2)
		_, err = c.AnswerExamples(ctx, examples, []string{"same", "mood", "stars", "same"})
		isEmpty(t, "AnswerExamples", err, 2)
	}
}
