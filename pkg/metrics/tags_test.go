package metrics

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/entities"
	"github.com/lorabook/lorabook/pkg/significance"
)

// seqevalCase is a case of seqeval.json; see seqeval_reference.py there.
type seqevalCase struct {
	Scheme   entities.Scheme                `json:"scheme"`
	Right    [][]string                     `json:"right"`
	Given    [][]string                     `json:"given"`
	Accuracy float64                        `json:"accuracy"`
	Default  map[string]map[string]*float64 `json:"default"`
	Strict   map[string]map[string]*float64 `json:"strict"`
}

func seqevalCases(t *testing.T) (cases []seqevalCase) {
	t.Helper()
	text, err := os.ReadFile("../entities/testdata/seqeval.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// predictions returns the case with the tags as indices.
func (c seqevalCase) predictions() *TagPredictions {
	p := &TagPredictions{Scheme: c.Scheme}
	indices := func(sentences [][]string) (all [][]int) {
		for _, tags := range sentences {
			var list []int
			for _, tag := range tags {
				at := slices.Index(p.Classes, tag)
				if at < 0 {
					at = len(p.Classes)
					p.Classes = append(p.Classes, tag)
				}
				list = append(list, at)
			}
			all = append(all, list)
		}
		return all
	}
	p.Classes = []string{"O", "I-PER"}
	p.Labels, p.Answers = indices(c.Right), indices(c.Given)
	for i := range p.Labels {
		p.IDs = append(p.IDs, fmt.Sprint(i))
	}
	return p
}

// Precision, recall, F1 and support of each type and the averages equal those of seqeval in both
// modes, for random tags.
func TestTagsAgainstSeqeval(t *testing.T) {
	compared := 0
	for n, c := range seqevalCases(t) {
		m, err := MeasureTags(context.Background(), c.predictions(), significance.Bootstrap{Resamples: 100})
		if err != nil {
			t.Fatal(err)
		}
		equal := func(what string, got float64, want *float64) {
			t.Helper()
			compared++
			if want == nil { // seqeval's mean of no types
				want = new(float64)
			}
			if math.Abs(got-*want) > 1e-12 {
				t.Errorf("case %d, %s %s: %v, seqeval has %v", n, c.Scheme, what, got, *want)
			}
		}
		equal("accuracy", m.Accuracy, &c.Accuracy)
		for _, e := range m.Types {
			want := c.Default[e.Name]
			if want == nil {
				t.Errorf("case %d: seqeval has no type %s", n, e.Name)
				continue
			}
			equal(e.Name, e.Precision, want["precision"])
			equal(e.Name, e.Recall, want["recall"])
			equal(e.Name, e.F1, want["f1-score"])
			equal(e.Name, float64(e.Support), want["support"])
		}
		if len(m.Types)+3 != len(c.Default) {
			t.Errorf("case %d: types %q, seqeval has %d", n, m.TypeNames(), len(c.Default)-3)
		}
		micro := c.Default["micro avg"]
		equal("precision", m.Precision, micro["precision"])
		equal("recall", m.Recall, micro["recall"])
		equal("F1", m.F1, micro["f1-score"])
		equal("macro F1", m.MacroF1, c.Default["macro avg"]["f1-score"])
		points, err := SummarizeTags(c.predictions())
		if err != nil || points.F1 != m.F1 || points.MacroF1 != m.MacroF1 {
			t.Errorf("case %d: %+v, %v", n, points, err)
		}
		strict := c.Strict["micro avg"]
		equal("strict precision", m.Strict.Precision, strict["precision"])
		equal("strict recall", m.Strict.Recall, strict["recall"])
		equal("strict F1", m.Strict.F1, strict["f1-score"])
	}
	t.Logf("%d numbers", compared)
	if compared < 1500 {
		t.Error("too few are compared")
	}
}

// noisyTags returns predictions for n sentences with the share of wrong tags.
func noisyTags(n int, wrong float64, seed uint64) *TagPredictions {
	truth, noise := rand.New(rand.NewPCG(1, 1)), rand.New(rand.NewPCG(seed, 2))
	p := &TagPredictions{Classes: []string{"B-LOC", "B-PER", "I-PER", "O"}, Scheme: entities.IOB2}
	for i := range n {
		labels := make([]int, 4+truth.IntN(8))
		answers := make([]int, len(labels))
		for word := range labels {
			labels[word] = truth.IntN(4)
			answers[word] = labels[word]
			if noise.Float64() < wrong {
				answers[word] = noise.IntN(4)
			}
		}
		p.IDs, p.Labels, p.Answers = append(p.IDs, fmt.Sprint("s", i)), append(p.Labels, labels), append(p.Answers, answers)
	}
	return p
}

// A better model has a positive difference whose interval excludes 0 and a small p-value; equal
// models have neither. The order of the sentences has no effect.
func TestCompareTags(t *testing.T) {
	ctx, bootstrap := context.Background(), significance.Bootstrap{Resamples: 1000, Seed: 1}
	bad, good := noisyTags(150, 0.5, 1), noisyTags(150, 0.2, 2)
	c, err := CompareTags(ctx, bad, good, bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	before, _ := MeasureTags(ctx, bad, bootstrap)
	after, _ := MeasureTags(ctx, good, bootstrap)
	if *c.F1.Before != before.F1 || *c.F1.After != after.F1 || *c.MacroF1.After != after.MacroF1 || *c.Accuracy.Before != before.Accuracy {
		t.Errorf("%+v, expected the numbers of MeasureTags", c)
	}
	if !(c.F1.Difference.Interval.Low > 0) || c.F1.Test.PValue > 0.01 || c.Fixed <= c.Broken || c.Flips[0].Change() < 2 {
		t.Errorf("%+v: expected an improvement", c)
	}
	if !(before.F1Interval.Low < before.F1 && before.F1 < before.F1Interval.High) {
		t.Errorf("%v is not in %v", before.F1, before.F1Interval)
	}
	reversed := *good
	reversed.IDs, reversed.Labels, reversed.Answers = slices.Clone(good.IDs), slices.Clone(good.Labels), slices.Clone(good.Answers)
	slices.Reverse(reversed.IDs)
	slices.Reverse(reversed.Labels)
	slices.Reverse(reversed.Answers)
	again, err := CompareTags(ctx, bad, &reversed, bootstrap)
	if err != nil || *again.F1.Difference.Interval != *c.F1.Difference.Interval || again.F1.Test.PValue != c.F1.Test.PValue {
		t.Errorf("%+v, %v: the order changes the result", again, err)
	}
	same, err := CompareTags(ctx, bad, bad, bootstrap)
	if err != nil || *same.F1.Difference.Value != 0 || same.F1.Test.PValue != 1 || len(same.Flips) != 0 {
		t.Errorf("%+v, %v: expected no difference", same, err)
	}
	reversed.Labels[3] = slices.Clone(reversed.Labels[3])
	reversed.Labels[3][0] = (reversed.Labels[3][0] + 1) % 4
	if _, err := CompareTags(ctx, bad, &reversed, bootstrap); !errors.As(err, new(*MismatchError)) {
		t.Errorf("other tags: %v", err)
	}
}

func TestTagPredictionsValidate(t *testing.T) {
	for says, spoil := range map[string]func(p *TagPredictions){
		`tag "NOUN"`:               func(p *TagPredictions) { p.Classes[0] = "NOUN" },
		"both named":               func(p *TagPredictions) { p.Classes[0] = "O" },
		"answers to 1 sentences":   func(p *TagPredictions) { p.Answers = p.Answers[:1] },
		"no words":                 func(p *TagPredictions) { p.Labels[1] = nil },
		"answers to":               func(p *TagPredictions) { p.Answers[1] = nil },
		"tag 4 of word 0":          func(p *TagPredictions) { p.Answers[1][0] = 4 },
		"tag -100 of word 0":       func(p *TagPredictions) { p.Labels[1][0] = -100 },
		"its ID is empty":          func(p *TagPredictions) { p.IDs[1] = "" },
		"one of each or none":      func(p *TagPredictions) { p.Read = []int{1, 1} },
		"expected a finite number": func(p *TagPredictions) { p.Read, p.Losses = []int{1, 1}, []float64{1, math.NaN()} },
		"words were read":          func(p *TagPredictions) { p.Read, p.Losses = []int{1, 99}, []float64{1, 1} },
		"the scheme IOB2 has only": func(p *TagPredictions) { p.Classes = []string{"E-LOC", "B-PER", "I-PER", "O"} },
		"expected one of":          func(p *TagPredictions) { p.Scheme = "IOB9" },
	} {
		p := noisyTags(2, 0.5, 1)
		p.Labels[0][0] = 0
		spoil(p)
		if _, err := MeasureTags(context.Background(), p, significance.Bootstrap{Resamples: 100}); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, expected %q", err, says)
		}
	}
	p := noisyTags(2, 0.5, 1)
	p.Losses, p.Read = []float64{2, 4}, []int{len(p.Labels[0]) - 1, len(p.Labels[1])}
	m, err := MeasureTags(context.Background(), p, significance.Bootstrap{Resamples: 100})
	if want := 6 / float64(m.Words-1); err != nil || m.Unread != 1 || math.Abs(m.Loss-want) > 1e-12 {
		t.Errorf("%+v, %v: expected 1 unread word and the loss %v", m, err, want)
	}
}
