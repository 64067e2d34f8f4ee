package metrics

import (
	"context"
	"slices"

	"github.com/lorabook/lorabook/pkg/entities"
	"github.com/lorabook/lorabook/pkg/significance"
)

// TagMetrics are the evaluation results of tags of words, counted by entities: a given entity is
// right if its first word, its last word and its type are those of a right one. The numbers are
// those of seqeval 1.2.2 with zero_division=0; none of them is NaN. The intervals are
// [significance.Bootstrap]'s over the sentences, as in [significance.Estimate].
type TagMetrics struct {
	Sentences int `json:"sentences"`
	Words     int `json:"words"`
	// Unread is the number of words that the model did not read, because their sentence was
	// truncated or they have no token. They count with the answer "O"; transformers' run_ner leaves them out.
	Unread   int     `json:"unread,omitempty"`
	Loss     float64 `json:"loss"`     // mean cross-entropy of the words that were read, nats; 0 for answers without probabilities
	Accuracy float64 `json:"accuracy"` // share of words with the right tag
	// Precision, Recall and F1 count the entities of all types together: micro averages.
	Precision  float64               `json:"precision"`
	Recall     float64               `json:"recall"`
	F1         float64               `json:"f1"`
	F1Interval significance.Interval `json:"f1_interval"`
	// MacroF1 is the mean of the types' F1, each type counting the same.
	MacroF1         float64               `json:"macro_f1"`
	MacroF1Interval significance.Interval `json:"macro_f1_interval"`
	// Strict are the numbers of entities that are complete in the scheme, as seqeval has them with
	// mode="strict" and scheme; nil without a scheme.
	Strict *StrictTagMetrics `json:"strict,omitempty"`
	Types  []EntityMetrics   `json:"types"` // in alphabetical order, without those that do not occur
}

// StrictTagMetrics are micro averages over complete entities.
type StrictTagMetrics struct {
	Scheme     entities.Scheme       `json:"scheme"`
	Precision  float64               `json:"precision"`
	Recall     float64               `json:"recall"`
	F1         float64               `json:"f1"`
	F1Interval significance.Interval `json:"f1_interval"`
}

// EntityMetrics are the metrics of one type of entity.
type EntityMetrics struct {
	Name       string                `json:"name"`     // "PER"
	Support    int                   `json:"support"`  // number of right entities
	Answered   int                   `json:"answered"` // number of given entities
	Precision  float64               `json:"precision"`
	Recall     float64               `json:"recall"`
	F1         float64               `json:"f1"`
	F1Interval significance.Interval `json:"f1_interval"`
}

// TypeNames returns the types of the entities that occur.
func (m *TagMetrics) TypeNames() (names []string) {
	for _, t := range m.Types {
		names = append(names, t.Name)
	}
	return names
}

// TagPoints are the numbers of [TagMetrics] without intervals.
type TagPoints struct{ Loss, F1, MacroF1 float64 }

// SummarizeTags is [MeasureTags] without intervals.
func SummarizeTags(p *TagPredictions) (TagPoints, error) {
	_, _, totals, err := p.counts()
	if err != nil {
		return TagPoints{}, err
	}
	return TagPoints{Loss: p.loss(), F1: totals.all.f1(), MacroF1: macroF1(totals.byType)}, nil
}

// counts validates the predictions and counts each sentence and all together.
func (p *TagPredictions) counts() (*tagReader, []sentenceCounts, *tagTotals, error) {
	if err := p.Validate(); err != nil {
		return nil, nil, nil, err
	}
	r := newTagReader(p.Classes, p.Scheme)
	sentences, totals := make([]sentenceCounts, p.Len()), newTagTotals(len(r.types))
	for i := range sentences {
		var err error
		if sentences[i], err = r.count(p.Labels[i], p.Answers[i]); err != nil {
			return nil, nil, nil, &ExampleError{Index: i, ID: idAt(p.IDs, i), Err: err}
		}
		totals.add(&sentences[i], 1)
	}
	return r, sentences, totals, nil
}

// MeasureTags works out the metrics. The error is that of [TagPredictions.Validate], of a tag
// that the scheme does not have, or about the bootstrap.
func MeasureTags(ctx context.Context, p *TagPredictions, bootstrap significance.Bootstrap) (*TagMetrics, error) {
	r, sentences, totals, err := p.counts()
	if err != nil {
		return nil, err
	}
	n, k := p.Len(), len(r.types)
	// In the order of their contents: the random resamples then do not depend on the order given.
	slices.SortFunc(sentences, func(a, b sentenceCounts) int { return slices.Compare(a.key(), b.key()) })
	observed, intervals, err := bootstrap.Intervals(ctx, n, statEntityTypes+k, func() significance.Statistics {
		totals := newTagTotals(k)
		return func(weights []int32, out []float64) {
			totals.clear()
			for i, w := range weights {
				if w > 0 {
					totals.add(&sentences[i], int(w))
				}
			}
			totals.statistics(out)
			for kind := range k {
				out[statEntityTypes+kind] = totals.byType[kind].f1()
			}
		}
	})
	if err != nil {
		return nil, err
	}
	m := &TagMetrics{
		Sentences: n, Words: totals.words, Loss: p.loss(), Accuracy: observed[statWordAccuracy],
		Precision: share(totals.all.hits, totals.all.answered), Recall: share(totals.all.hits, totals.all.support),
		F1: observed[statEntityF1], F1Interval: *intervals[statEntityF1],
		MacroF1: observed[statEntityMacroF1], MacroF1Interval: *intervals[statEntityMacroF1], Types: []EntityMetrics{},
	}
	for i, read := range p.Read {
		m.Unread += len(p.Labels[i]) - read
	}
	if p.Scheme != "" {
		s := totals.strict
		m.Strict = &StrictTagMetrics{Scheme: p.Scheme, Precision: share(s.hits, s.answered), Recall: share(s.hits, s.support), F1: s.f1(), F1Interval: *intervals[statStrictF1]}
	}
	for kind, e := range totals.byType {
		if e.occurs() {
			m.Types = append(m.Types, EntityMetrics{Name: r.types[kind], Support: e.support, Answered: e.answered,
				Precision: share(e.hits, e.answered), Recall: share(e.hits, e.support), F1: e.f1(), F1Interval: *intervals[statEntityTypes+kind]})
		}
	}
	return m, nil
}
