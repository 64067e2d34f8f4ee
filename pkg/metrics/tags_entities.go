package metrics

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/entities"
)

// errNoTagProbabilities reports tags without probabilities.
var errNoTagProbabilities = errors.New("predictions: they have no probabilities of the tags: they are those of an answer without a model, or an earlier version wrote them; compute them in a new run folder")

// EntityErrors are the numbers of entities by what is right and wrong about them. Each entity of the
// data counts once, in one of the fields from Right to Missed. Each given entity that has no word in
// common with one of the data counts in Spurious.
type EntityErrors struct {
	Right          int // first word, last word and type
	WrongType      int // the same words, another type
	WrongWords     int // a given entity of the type has some of the words, but not exactly these
	WrongWordsType int // given entities of other types have some of the words, but not exactly these
	Missed         int // no word is in a given entity
	Spurious       int
}

// Types returns the types of the entities that the tags have, in alphabetical order.
func (p *TagPredictions) Types() []string { return newTagReader(p.Classes, "").types }

// Entities returns the entities of a sentence in the data, and the given ones, by the rules of
// [entities.Spans]. The predictions must be valid.
func (p *TagPredictions) Entities(sentence int) (right, given []entities.Entity) {
	r := newTagReader(p.Classes, "")
	return entities.SpansOf(r.parsed(p.Labels[sentence])), entities.SpansOf(r.parsed(p.Answers[sentence]))
}

// eachSentence calls visit with the entities of each sentence in the data, and the given ones. The
// error is that of [TagPredictions.Validate].
func (p *TagPredictions) eachSentence(visit func(i int, right, given []entities.Entity)) error {
	if err := p.Validate(); err != nil {
		return err
	}
	r := newTagReader(p.Classes, "")
	for i := range p.Labels {
		visit(i, entities.SpansOf(r.parsed(p.Labels[i])), entities.SpansOf(r.parsed(p.Answers[i])))
	}
	return nil
}

// EntityErrors counts the entities of a type, "" for all types, by what is right and wrong about
// them. The error is that of [TagPredictions.Validate].
func (p *TagPredictions) EntityErrors(kind string) (c EntityErrors, err error) {
	overlap := func(a, b entities.Entity) bool { return a.Start < b.End && b.Start < a.End }
	err = p.eachSentence(func(_ int, right, given []entities.Entity) {
		for _, e := range right {
			if kind != "" && e.Type != kind {
				continue
			}
			var exact, sameType, other bool
			for _, g := range given {
				switch {
				case g.Start == e.Start && g.End == e.End && g.Type != e.Type:
					exact = true
				case overlap(e, g) && g.Type == e.Type:
					sameType = true
				case overlap(e, g):
					other = true
				}
			}
			switch {
			case slices.Contains(given, e):
				c.Right++
			case exact:
				c.WrongType++
			case sameType:
				c.WrongWords++
			case other:
				c.WrongWordsType++
			default:
				c.Missed++
			}
		}
		for _, g := range given {
			if (kind == "" || g.Type == kind) && !slices.ContainsFunc(right, func(e entities.Entity) bool { return overlap(e, g) }) {
				c.Spurious++
			}
		}
	})
	return c, err
}

// EntitiesAtThresholds counts the entities of a type, "" for all types, if only those are given
// whose probability, the mean of their words' tags, is at least each threshold. TrueNegatives is 0:
// there is no number of entities that are neither in the data nor given. The error is that of
// [TagPredictions.Validate], or about missing probabilities.
func (p *TagPredictions) EntitiesAtThresholds(kind string, thresholds ...float64) ([]ThresholdCounts, error) {
	if p != nil && p.Probabilities == nil {
		return nil, errNoTagProbabilities
	}
	counts := make([]ThresholdCounts, len(thresholds))
	for i, t := range thresholds {
		counts[i].Threshold = t
	}
	err := p.eachSentence(func(i int, right, given []entities.Entity) {
		support := 0
		for _, e := range right {
			if kind == "" || e.Type == kind {
				support++
			}
		}
		for at := range counts {
			counts[at].FalseNegatives += support
		}
		for _, e := range given {
			if kind != "" && e.Type != kind {
				continue
			}
			probability, hit := p.EntityProbability(i, e), slices.Contains(right, e)
			for at, threshold := range thresholds {
				switch c := &counts[at]; {
				case probability < threshold:
				case hit:
					c.TruePositives++
					c.FalseNegatives--
				default:
					c.FalsePositives++
				}
			}
		}
	})
	return counts, err
}

// EntityProbability returns the mean of the probabilities of the tags of a given entity's words; 0
// without probabilities.
func (p *TagPredictions) EntityProbability(sentence int, e entities.Entity) (mean float64) {
	if p.Probabilities == nil {
		return 0
	}
	for _, v := range p.Probabilities[sentence][e.Start:e.End] {
		mean += float64(v) / float64(e.End-e.Start)
	}
	return mean
}

// Calibrate measures the calibration of the probabilities of the tags of all words that the model
// read, in bins of equal width between 0 and 1. Brier is 0: it needs the probabilities of all tags.
func (p *TagPredictions) Calibrate(bins int) (*Calibration, error) {
	if bins < 1 {
		return nil, fmt.Errorf("calibration in %d bins: expected at least 1", bins)
	}
	if p != nil && p.Probabilities == nil {
		return nil, errNoTagProbabilities
	}
	if err := p.Validate(); err != nil {
		return nil, err
	}
	c, words := newBins(bins), 0
	for i, labels := range p.Labels {
		for word, label := range labels {
			if v := p.Probabilities[i][word]; v > 0 {
				c.add(float64(v), p.Answers[i][word] == label)
				words++
			}
		}
	}
	c.finish(words)
	return &c, nil
}

// Select returns the predictions for some sentences, by their rows.
func (p *TagPredictions) Select(sentences ...int) *TagPredictions {
	out := &TagPredictions{Classes: p.Classes, Scheme: p.Scheme}
	for _, i := range sentences {
		out.Labels, out.Answers = append(out.Labels, p.Labels[i]), append(out.Answers, p.Answers[i])
		if p.IDs != nil {
			out.IDs = append(out.IDs, p.IDs[i])
		}
		if p.Losses != nil {
			out.Losses, out.Read = append(out.Losses, p.Losses[i]), append(out.Read, p.Read[i])
		}
		if p.Probabilities != nil {
			out.Probabilities = append(out.Probabilities, p.Probabilities[i])
		}
	}
	return out
}
