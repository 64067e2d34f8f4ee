package metrics

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/internal/finite"
	"github.com/lorabook/lorabook/pkg/entities"
)

// TagPredictions are the answers of a model that gives each word of a sentence a tag, such as
// "B-PER" or "O".
type TagPredictions struct {
	Classes []string // the tags; package entities explains their form
	IDs     []string // one per sentence, each its own; [MeasureTags] does without, [CompareTags] needs them
	Labels  [][]int  // the right tag of each word of each sentence, as indices
	Answers [][]int  // the given tags

	// Scheme is the scheme of the tags, for the strict numbers; "" leaves them out.
	Scheme entities.Scheme

	// Losses are the summed losses of the words of each sentence that the model read, nats, and Read
	// the numbers of these words. Words that it did not read, because the sentence was truncated or
	// a word has no token, have the answer "O". Both are nil for answers without probabilities.
	Losses []float64
	Read   []int

	// Probabilities are those of the given tags, 0 for a word that the model did not read: [sentences,
	// words]. They are nil for answers without probabilities and in files of earlier versions.
	Probabilities [][]float32
}

// FindScheme sets the scheme to that of the classes and the right tags; "" if they have none.
func (p *TagPredictions) FindScheme() {
	p.Scheme = ""
	if entities.Check(p.Classes) != nil {
		return
	}
	s, _, err := entities.Find([][]string{p.Classes})
	if err != nil {
		return
	}
	if s == entities.BIOES || s == entities.BILOU {
		p.Scheme = s
		return
	}
	sentences := make([][]string, len(p.Labels))
	for i, labels := range p.Labels {
		for _, label := range labels {
			if label < 0 || label >= len(p.Classes) {
				return
			}
			sentences[i] = append(sentences[i], p.Classes[label])
		}
	}
	if s, _, err = entities.Find(sentences); err == nil {
		p.Scheme = s
	}
}

// Len is the number of sentences.
func (p *TagPredictions) Len() int { return len(p.Labels) }

// Validate returns the first error in the predictions. It is an *ExampleError for an error in one
// sentence: a tag that is out of range, another number of answers than of words, a missing or
// duplicate ID, or a loss that is not finite.
func (p *TagPredictions) Validate() error {
	if p == nil {
		return errNoExamples
	}
	if err := checkClasses(p.Classes, 2); err != nil {
		return err
	}
	if err := entities.Check(p.Classes); err != nil {
		return fmt.Errorf("predictions: %w", err)
	}
	n := len(p.Labels)
	switch {
	case n == 0:
		return errNoExamples
	case len(p.Answers) != n:
		return fmt.Errorf("predictions: answers to %d sentences, expected %d", len(p.Answers), n)
	case p.IDs != nil && len(p.IDs) != n:
		return fmt.Errorf("predictions: %d IDs for %d sentences", len(p.IDs), n)
	case (p.Losses == nil) != (p.Read == nil) || p.Losses != nil && (len(p.Losses) != n || len(p.Read) != n):
		return fmt.Errorf("predictions: %d losses and %d numbers of read words for %d sentences, expected one of each or none", len(p.Losses), len(p.Read), n)
	}
	if p.Probabilities != nil && len(p.Probabilities) != n {
		return fmt.Errorf("predictions: probabilities of %d sentences, expected %d or none", len(p.Probabilities), n)
	}
	seen := make(map[string]int, len(p.IDs))
	for i := range n {
		if err := p.validateSentence(i, seen); err != nil {
			return &ExampleError{Index: i, ID: idAt(p.IDs, i), Err: err}
		}
	}
	return nil
}

func (p *TagPredictions) validateSentence(i int, seen map[string]int) error {
	if len(p.Labels[i]) == 0 {
		return errors.New("it has no words")
	}
	if len(p.Answers[i]) != len(p.Labels[i]) {
		return fmt.Errorf("%d answers to %d words", len(p.Answers[i]), len(p.Labels[i]))
	}
	for _, tags := range [][]int{p.Labels[i], p.Answers[i]} {
		for word, tag := range tags {
			if tag < 0 || tag >= len(p.Classes) {
				return fmt.Errorf("tag %d of word %d, expected 0 to %d", tag, word, len(p.Classes)-1)
			}
		}
	}
	if p.Losses != nil {
		if l := p.Losses[i]; !finite.Number(l) {
			return fmt.Errorf("its loss is %v, %w", l, finite.ErrNotFinite)
		}
		if n := p.Read[i]; n < 0 || n > len(p.Labels[i]) {
			return fmt.Errorf("%d words were read, expected 0 to %d", n, len(p.Labels[i]))
		}
	}
	if p.Probabilities != nil {
		if n := len(p.Probabilities[i]); n != len(p.Labels[i]) {
			return fmt.Errorf("%d probabilities for %d words", n, len(p.Labels[i]))
		}
		for word, v := range p.Probabilities[i] {
			if !(v >= 0 && v <= 1) {
				return fmt.Errorf("the probability of word %d is %v, expected 0 to 1", word, v)
			}
		}
	}
	return checkID(p.IDs, i, seen)
}

// loss returns the mean loss of the words that were read; 0 without losses.
func (p *TagPredictions) loss() float64 {
	sum, words := 0.0, 0
	for i, l := range p.Losses {
		sum, words = sum+l, words+p.Read[i]
	}
	if words == 0 {
		return 0
	}
	return sum / float64(words)
}
