package show

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/table"
)

// tagClasses returns the tags of types, in IOB2.
func tagClasses(types []string) []string {
	classes := []string{"O"}
	for _, kind := range types {
		classes = append(classes, "B-"+kind, "I-"+kind)
	}
	return classes
}

// tagAnswers returns sentences and tags for them, of which the share wrong is drawn at random.
func tagAnswers(types []string, n int, wrong float64) (*metrics.TagPredictions, *splits.Examples) {
	truth, noise := rand.New(rand.NewPCG(3, uint64(len(types)))), rand.New(rand.NewPCG(4, uint64(1000*wrong)))
	classes := tagClasses(types)
	p := &metrics.TagPredictions{Classes: classes}
	r := &splits.Examples{Name: "letters", Labels: classes}
	for i := range n {
		words := 3 + truth.IntN(9)
		labels, answers, probabilities := make([]int, words), make([]int, words), make([]float32, words)
		e := data.Example{ID: fmt.Sprint("row ", i), Label: -1}
		for word := range words {
			if word > 0 && labels[word-1]%2 == 1 && truth.IntN(2) == 0 {
				labels[word] = labels[word-1] + 1 // I after B
			} else if truth.IntN(3) == 0 {
				labels[word] = 1 + 2*truth.IntN(len(types))
			}
			answers[word], probabilities[word] = labels[word], float32(0.7+0.3*noise.Float64())
			if noise.Float64() < wrong {
				answers[word], probabilities[word] = noise.IntN(len(classes)), float32(0.3+0.4*noise.Float64())
			}
			e.Words = append(e.Words, fmt.Sprintf("w%d", truth.IntN(40)))
		}
		e.Tags, e.Text = labels, strings.Join(e.Words, " ")
		r.Test = append(r.Test, e)
		p.IDs, p.Labels, p.Answers = append(p.IDs, e.ID), append(p.Labels, labels), append(p.Answers, answers)
		p.Probabilities = append(p.Probabilities, probabilities)
	}
	return p, r
}

// names is a tagger that finds the words that begin with an upper-case letter.
type names struct{}

func (names) Task() data.Task { return data.TokenClassification }

func (names) Classify(context.Context, []string) ([]classify.Answer, error) {
	return nil, &classify.TaskError{Task: data.TokenClassification, Call: "Classify", Use: "Tag or TagTexts"}
}

func (names) Words(context.Context, string, string) ([]classify.WordEffect, error) {
	return nil, &classify.TaskError{Task: data.TokenClassification, Call: "Words", Use: "Tag or TagTexts"}
}

func (names) Tag(_ context.Context, sentences [][]string) (out []classify.Tagged, err error) {
	for _, words := range sentences {
		t := classify.Tagged{Text: strings.Join(words, " ")}
		for i, w := range words {
			t.Words = append(t.Words, classify.TaggedWord{Word: w, Tag: "O"})
			if w != strings.ToLower(w) {
				t.Entities = append(t.Entities, classify.Entity{Type: "PER", FirstWord: i, EndWord: i + 1, Probability: 0.875})
			}
		}
		out = append(out, t)
	}
	return out, nil
}

func (n names) TagTexts(ctx context.Context, texts []string) ([]classify.Tagged, error) {
	var all [][]string
	for _, text := range texts {
		all = append(all, strings.Fields(text))
	}
	return n.Tag(ctx, all)
}

// Tags of words are shown for any number of types and any names, and without words of other tasks.
func TestTags(t *testing.T) {
	for name, types := range map[string][]string{"one": {"NAME"}, "three": {"LOC", "ORG", "PER"}, "average": {"all entities", "mean of the types"}, "sixty": topics(60)} {
		t.Run(name, func(t *testing.T) {
			ctx, few := t.Context(), significance.Bootstrap{Resamples: 100}
			before, _ := tagAnswers(types, 80, 0.7)
			after, sentences := tagAnswers(types, 80, 0.1)
			report := &finetune.Report{Training: &finetune.Trained{}, Tags: &evaluation.TagReport{}}
			var err error
			if report.Tags.Before, err = metrics.MeasureTags(ctx, before, few); err != nil {
				t.Fatal(err)
			}
			if report.Tags.After, err = metrics.MeasureTags(ctx, after, few); err != nil {
				t.Fatal(err)
			}
			if report.Tags.Comparison, err = metrics.CompareTags(ctx, before, after, few); err != nil {
				t.Fatal(err)
			}
			cheap := &evaluation.CheapBaselines{Tags: &evaluation.CheapPair[metrics.TagMetrics]{Constant: report.Tags.Before, BagOfWords: report.Tags.Before}}
			tokens := make([]int, after.Len())
			for i := range tokens {
				tokens[i] = 5 + i%40
			}
			put, text := drawAll(t)
			put(Figures{Notes: []string{answersOf(data.TokenClassification, sentences)}}, nil)
			put(Baseline(&finetune.Baseline{Evaluation: evaluation.Evaluation{Tags: report.Tags.Before}, Cheap: cheap}))
			put(Baseline(&finetune.Baseline{Evaluation: evaluation.Evaluation{Tags: report.Tags.Before}}))
			put(tagConfidence(before))
			put(comparison(report, cheap))
			put(tagsByType(report.Tags, before, after, examplesByID(sentences)))
			put(tagErrorKinds(before, after, ""))
			put(tagErrorKinds(before, after, types[0]))
			put(tagThreshold(before, after, ""))
			put(tagThreshold(before, after, types[0]))
			put(tagsByLength(ctx, before, after, tokens))
			put(tagCalibration(before, after))
			put(flips(report, sentences))
			put(tagDemonstration(sentences, after))
			put(Words(ctx, names{}, "Words", sentences.Labels, "", flipped(report, sentences)...))
			for _, kind := range types {
				if !strings.Contains(text.String(), kind) {
					t.Errorf("type %q is nowhere", kind)
				}
			}
			for _, want := range []string{wordTagsModel, "most frequent tag, no BERT", "Entity F1 rose from ", "does not contain 0", "test sentences", "are in no entity (O)", "found by the model", "errors after training"} {
				if !strings.Contains(text.String(), want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			for _, m := range regexp.MustCompile(`(?i).*\b(accuracy|class|classes|reviews?|films?|bag of words)\b.*`).FindAllString(text.String(), -1) {
				if !strings.Contains(m, "-p run=NAME") && !strings.HasPrefix(m, "accuracy   ") { // the report's line on words
					t.Errorf("these words do not fit tags: %s", m)
				}
			}
			for _, err := range []error{
				func() error { _, err := tagErrorKinds(before, after, "EGG"); return err }(),
				func() error { _, err := tagThreshold(before, after, "EGG"); return err }(),
			} {
				if err == nil || !strings.Contains(err.Error(), `positive is "EGG"`) {
					t.Errorf("an unknown type: %v", err)
				}
			}
			offered := offer(data.TokenClassification, report, sentences)
			if len(offered) != 80 || !strings.HasSuffix(offered[0].Name, ", prediction changed") {
				t.Errorf("offered %d sentences, %q first", len(offered), offered[0].Name)
			}
		})
	}
}

// A run folder of an earlier version has no probabilities: the cells say so.
func TestTagsWithoutProbabilities(t *testing.T) {
	p, _ := tagAnswers([]string{"PER"}, 5, 0.2)
	p.Probabilities = nil
	for _, show := range []func() (Figures, error){
		func() (Figures, error) { return tagConfidence(p) }, func() (Figures, error) { return tagThreshold(p, p, "") }, func() (Figures, error) { return tagCalibration(p, p) },
	} {
		if f, err := show(); err != nil || !slices.Contains(f.Notes, noTagProbabilities) || len(f.Charts) > 0 {
			t.Errorf("%+v, %v", f, err)
		}
	}
}

func TestMarked(t *testing.T) {
	classes := tagClasses([]string{"LOC", "PER"})
	words := strings.Fields("Ada Lovelace never left Bonn")
	if got := markedTags(classes, words, []int{3, 4, 0, 0, 1}); got != "[Ada Lovelace · PER] never left [Bonn · LOC]" {
		t.Error(got)
	}
	if got := markedTags(classes, words, []int{3, 3, 0, 0, 0}); got != "[Ada · PER] [Lovelace · PER] never left Bonn" {
		t.Error(got)
	}
	long := slices.Repeat([]string{"word"}, 300)
	if got := markedTags(classes, long, make([]int, 300)); len(got) > markedSize+5 || !strings.HasSuffix(got, "word …") {
		t.Error(got)
	}
	if got := markedTags(classes, words, nil); !strings.Contains(got, "another number of words") {
		t.Error(got)
	}
}

// The errors are counted by words and types.
func TestFrequentErrors(t *testing.T) {
	classes := tagClasses([]string{"LOC", "PER"})
	sentences := map[string]data.Example{"a": {Words: strings.Fields("Ada met Bonn x")}, "b": {Words: strings.Fields("Ada met Bonn x")}}
	p := &metrics.TagPredictions{Classes: classes, IDs: []string{"a", "b"}, Labels: [][]int{{3, 0, 1, 0}, {3, 0, 1, 0}}, Answers: [][]int{{1, 0, 1, 2}, {1, 0, 0, 3}}}
	want := map[entityError]int{{"Ada", "PER", "LOC"}: 2, {"Bonn", "LOC", "LOC (Bonn x)"}: 1, {"Bonn", "LOC", noEntity}: 1, {"x", noEntity, "PER"}: 1}
	if got := entityErrors(p, sentences); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, expected %v", got, want)
	}
	names, counts := wordTypes(p)
	if fmt.Sprint(names, counts) != "[O LOC PER] [[2 1 1] [1 1 0] [0 2 0]]" {
		t.Error(names, counts)
	}
}

// A reader's text is tagged by both models, and a number chooses a sentence of the data.
func TestTryTags(t *testing.T) {
	_, sentences := tagAnswers([]string{"PER"}, 3, 0)
	var shown strings.Builder
	var out bytes.Buffer
	trial := trial{out: &out, untrained: names{}, trained: names{}, labels: sentences.Labels, examples: []Text{tagText("row 0", sentences.Labels, sentences.Test[0])},
		display: func(f Figures) error {
			return f.write(&shown, func(t *table.Table) error { shown.WriteString(t.Text()); return t.Err() }, nil, nil)
		}}
	lines := []string{"Ada left Bonn", "1", ""}
	err := trial.run(t.Context(), func(context.Context) (string, error) {
		line := lines[0]
		lines = lines[1:]
		return line, nil
	})
	if err != nil || strings.Count(shown.String(), "[Ada · PER 0.88] left [Bonn · PER 0.88]") != 2 || !strings.Contains(shown.String(), "the data") {
		t.Errorf("%v\n%s", err, shown.String())
	}
	if _, err := (Text{Text: "x"}).tagged(t.Context(), 3); err == nil || !strings.Contains(err.Error(), "Tagger") {
		t.Error(err)
	}
}
