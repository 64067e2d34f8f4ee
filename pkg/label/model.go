package label

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Model describes a classifier.
type Model struct {
	Task   data.Task `json:"task"`
	Labels []string  `json:"labels"`
	Digest string    `json:"digest"` // classify.Classifier.Digest
}

// Describe describes a classifier.
func Describe(c *classify.Classifier) (Model, error) {
	sum, err := c.Digest()
	if err != nil {
		return Model{}, err
	}
	return Model{Task: c.Task(), Labels: c.Model().Config.Labels, Digest: sum}, nil
}

// Block is the part of the output for a shard.
type Block struct {
	Shard  int    `json:"shard"`
	Lines  []byte `json:"lines"`
	Counts Counts `json:"counts"`
}

// answer is the answer to a text. One of the first three is set, unless the text is bad.
type answer struct {
	class   *classify.Answer
	number  *classify.Number
	tagged  *classify.Tagged
	unknown tokenizers.UnknownTokens
	long    bool
}

// Label labels a shard. The answers are those of the classifier's calls for all texts of the shard
// that are no pairs, and for all pairs.
func (l Lines) Label(ctx context.Context, c *classify.Classifier, s Shard) (Block, error) {
	answers := make([]answer, len(s.Texts))
	for _, part := range partsOf(s.Texts) {
		if err := part.label(ctx, c, s.Texts, answers); err != nil {
			return Block{}, fmt.Errorf("texts %d to %d: %w", s.Texts[0].Row, s.Texts[len(s.Texts)-1].Row, err)
		}
	}
	b := Block{Shard: s.Number}
	e := encoder{Lines: l, model: Model{Task: c.Task(), Labels: c.Model().Config.Labels}}
	for i, t := range s.Texts {
		if err := e.add(t, answers[i]); err != nil {
			return Block{}, fmt.Errorf("text %d: %w", t.Row, err)
		}
		b.Counts.add(t, answers[i], e.model)
	}
	b.Lines = e.out.Bytes()
	return b, nil
}

// kind is the way in which a text is read.
type kind int

const (
	single kind = iota
	pair
	words
)

// part are the texts of a shard that are read in the same way.
type part struct {
	kind  kind
	index []int // of the texts
}

// partsOf divides the texts that can be labelled.
func partsOf(texts []Text) []part {
	parts := []part{{kind: single}, {kind: pair}, {kind: words}}
	for i, t := range texts {
		k := single
		switch {
		case t.Bad != "":
			continue
		case t.Words != nil:
			k = words
		case t.Pair != "":
			k = pair
		}
		parts[k].index = append(parts[k].index, i)
	}
	return parts
}

// label sets the answers to the texts of the part.
func (p part) label(ctx context.Context, c *classify.Classifier, texts []Text, to []answer) error {
	if len(p.index) == 0 {
		return nil
	}
	plain := make([]string, len(p.index))
	examples := make([]data.Example, len(p.index))
	sentences := make([][]string, len(p.index))
	for at, i := range p.index {
		plain[at], sentences[at] = texts[i].Text, texts[i].Words
		examples[at] = data.Example{Text: texts[i].Text, TextPair: texts[i].Pair}
	}
	task := c.Task()
	switch {
	case task == data.TokenClassification && p.kind == pair:
		return fmt.Errorf("the texts are pairs, but the model's task is %s, which has none: name the column of the text (Columns.Text, --text-column)", task)
	case task == data.TokenClassification:
		tagged, err := tag(ctx, c, p.kind, plain, sentences)
		for at := range tagged {
			t := &tagged[at]
			to[p.index[at]] = answer{tagged: t, unknown: t.UnknownTokens, long: t.Long}
		}
		return err
	case task == data.Regression:
		numbers, err := score(ctx, c, p.kind, plain, examples)
		for at := range numbers {
			n := &numbers[at]
			to[p.index[at]] = answer{number: n, unknown: n.UnknownTokens, long: n.Long}
		}
		return err
	}
	answers, err := classes(ctx, c, p.kind, plain, examples)
	for at := range answers {
		a := &answers[at]
		to[p.index[at]] = answer{class: a, unknown: a.UnknownTokens, long: a.Long}
	}
	return err
}

func tag(ctx context.Context, c *classify.Classifier, k kind, texts []string, sentences [][]string) ([]classify.Tagged, error) {
	if k == words {
		return c.Tag(ctx, sentences)
	}
	return c.TagTexts(ctx, texts)
}

// score and classes call the functions for single texts where there are no pairs, since these refuse
// a model that was trained on pairs.
func score(ctx context.Context, c *classify.Classifier, k kind, texts []string, examples []data.Example) ([]classify.Number, error) {
	if k == pair {
		return c.ScoreExamples(ctx, examples)
	}
	return c.Score(ctx, texts)
}

func classes(ctx context.Context, c *classify.Classifier, k kind, texts []string, examples []data.Example) ([]classify.Answer, error) {
	if k == pair {
		return c.ClassifyExamples(ctx, examples)
	}
	return c.Classify(ctx, texts)
}

// add counts a text and its answer.
func (c *Counts) add(t Text, a answer, m Model) {
	c.Texts++
	if t.Bad != "" {
		c.Bad++
		return
	}
	c.Tokens.Add(a.unknown)
	if a.long {
		c.Long++
	}
	switch {
	case a.number != nil:
		c.Sum += a.number.Value
	case a.tagged != nil:
		for _, e := range a.tagged.Entities {
			c.class(e.Type, 1)
		}
		if len(a.tagged.Entities) == 0 {
			c.None++
		}
	case m.Task == data.MultiLabel:
		for _, class := range a.class.Labels {
			c.class(class, 1)
		}
		if len(a.class.Labels) == 0 {
			c.None++
		}
	default:
		c.class(a.class.Label, 1)
	}
}
