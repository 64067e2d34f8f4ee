package classify

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/lorabook/lorabook/pkg/classify/internal/queue"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// serviceText is a text of a call.
type serviceText struct {
	adapter *servedAdapter
	example data.Example // cleaned
	tagged  Tagged       // with its words, for data.TokenClassification
	rows    *encoding.Rows
	unknown tokenizers.UnknownTokens
	logits  [][]float32 // of each row
}

// serviceRow is a text in the queue, or a window of one.
type serviceRow struct {
	call *serviceCall
	text *serviceText
	row  int // in text.rows
}

// serviceCall waits for the rows of its texts.
type serviceCall struct {
	texts []*serviceText
	items []*queue.Item[*serviceRow]

	mu      sync.Mutex
	left    int // rows that are not computed
	err     error
	done    chan struct{}
	release func() // ends the use of the adapters
}

// finish counts rows that are computed or that left the queue.
func (c *serviceCall) finish(rows int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = errors.Join(c.err, err)
	if c.left -= rows; c.left == 0 {
		c.release()
		close(c.done)
	}
}

// Answer returns an answer for each request, in their order. It waits for its place in the queue, and
// ends with ctx's error when ctx ends; its texts then leave the queue. Either all texts of a call
// are accepted or none.
//
// Errors: an unknown name is a *[adapters.NameError]; a text that is empty, also after data.Clean, a
// *[TextError]; a single text for an adapter that was trained on pairs a *[PairsError]; a full queue
// an *[OverloadedError], which errors.Is matches with [ErrOverloaded]; more texts than the queue can
// hold a *[TooManyTextsError]; more adapters than MaxAdapters a *[TooManyAdaptersError]; the model without an adapter if it has no trained classifier a
// *[BaseError]; an evicted adapter whose files changed an *[AdapterChangedError]; and [ErrClosed]
// after Close.
func (s *Service) Answer(ctx context.Context, requests []Request) ([]ServiceAnswer, error) {
	if ctx == nil {
		return nil, errNilContext
	}
	if n := len(requests); n > s.options.Queue {
		return nil, &TooManyTextsError{n, s.options.Queue}
	}
	names := make([]string, len(requests))
	for i, r := range requests {
		names[i] = r.Adapter
	}
	held, err := s.acquire(ctx, names)
	if err != nil {
		return nil, err
	}
	texts, err := s.encodeAll(held, requests)
	if err != nil {
		s.release(held)
		return nil, err
	}
	if err := s.ask(ctx, texts, held); err != nil {
		return nil, err
	}
	out := make([]ServiceAnswer, len(texts))
	for i, t := range texts {
		if out[i], err = s.answer(t); err != nil {
			return nil, fmt.Errorf("adapter %q, text %d: %w", t.adapter.name, i, err)
		}
	}
	return out, nil
}

// encodeAll reads requests.
func (s *Service) encodeAll(held map[string]*servedAdapter, requests []Request) ([]*serviceText, error) {
	texts := make([]*serviceText, len(requests))
	for i, r := range requests {
		var err error
		if texts[i], err = s.encode(held[r.Adapter], r); err != nil {
			var bad *TextError
			if errors.As(err, &bad) {
				bad.Index = i
			}
			return nil, err
		}
	}
	return texts, nil
}

// encode reads a request as the adapter's training read its texts.
func (s *Service) encode(a *servedAdapter, r Request) (*serviceText, error) {
	t := &serviceText{adapter: a}
	encoder := a.encoder
	if encoder.Words {
		if err := t.divide(r); err != nil {
			return nil, err
		}
	} else {
		t.example = data.Example{Text: data.Clean(r.Text), TextPair: data.Clean(r.TextPair)}
		encoder.Pairs = encoder.Pairs || r.TextPair != ""
		switch {
		case len(r.Words) > 0:
			return nil, &TextError{Reason: fmt.Sprintf("the request has Words, and the task of the adapter %q is %s: expected Text", a.name, a.head.task)}
		case t.example.Text == "":
			return nil, &TextError{Reason: emptyText}
		case encoder.Pairs && r.TextPair == "":
			return nil, &PairsError{a.name}
		case encoder.Pairs && t.example.TextPair == "":
			return nil, &TextError{Reason: "the second text is empty"}
		}
	}
	t.rows = encoder.Encode([]data.Example{t.example})
	if cut := t.rows.Cut; s.options.RefuseLong && cut.Long > 0 {
		return nil, &TextError{Reason: fmt.Sprintf("the text has %d tokens, and the adapter %q reads %d", cut.Tokens, a.name, cut.MaxLength)}
	}
	t.logits = make([][]float32, len(t.rows.IDs))
	t.unknown = tokenizers.CountUnknown(s.model.Tokenizer, t.rows.IDs)
	return t, nil
}

// divide sets the words of a request.
func (t *serviceText) divide(r Request) error {
	switch {
	case r.TextPair != "":
		return &TextError{Reason: "the request has TextPair, and the adapter reads words of one text"}
	case len(r.Words) > 0 && r.Text != "":
		return &TextError{Reason: "the request has Text and Words: expected one of the two"}
	case len(r.Words) == 0 && !utf8.ValidString(r.Text):
		return &TextError{Reason: "the text is not valid UTF-8"}
	case len(r.Words) == 0:
		t.tagged = Tagged{Text: r.Text, Words: wordsOf(r.Text)}
	default:
		text, words, err := joinWords(r.Words)
		if err != nil {
			return &TextError{Reason: err.Error()}
		}
		t.tagged = Tagged{Text: text, Words: words}
	}
	if len(t.tagged.Words) == 0 {
		return &TextError{Reason: emptyText}
	}
	for _, w := range t.tagged.Words {
		t.example.Words = append(t.example.Words, w.Word)
	}
	return nil
}

// ask computes the logits of texts, and releases the adapters when no batch uses them.
func (s *Service) ask(ctx context.Context, texts []*serviceText, held map[string]*servedAdapter) error {
	c := &serviceCall{texts: texts, done: make(chan struct{}), release: func() { s.release(held) }}
	for _, t := range texts {
		kind := kindOf(t.adapter)
		for row, ids := range t.rows.IDs {
			c.items = append(c.items, &queue.Item[*serviceRow]{Value: &serviceRow{c, t, row}, Tokens: len(ids), Kind: kind})
		}
	}
	c.left = len(c.items)
	err := ctx.Err()
	switch {
	case err != nil:
	case c.left > s.options.Queue:
		err = &TooManyTextsError{c.left, s.options.Queue}
	case c.left > 0:
		err = s.accept(c)
	}
	if err != nil || len(c.items) == 0 {
		c.release()
		return err
	}
	select {
	case <-c.done:
		if c.err == nil {
			s.count(func(n *ServiceStats) { n.Answered += int64(len(c.items)) })
		}
		return c.err
	case <-ctx.Done():
		removed := s.queue.Remove(c.items)
		s.count(func(n *ServiceStats) { n.Cancelled += int64(removed) })
		if removed > 0 {
			c.finish(removed, nil)
		}
		return ctx.Err()
	}
}

// accept puts the rows of a call into the queue.
func (s *Service) accept(c *serviceCall) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.queue.Put(c.items)
	if err == nil {
		s.stats.Accepted += int64(len(c.items))
		return nil
	}
	var full *queue.FullError
	if !errors.As(err, &full) {
		return ErrClosed
	}
	s.stats.Refused += int64(len(c.items))
	wait := full.RetryAfter
	if wait == 0 {
		wait = time.Second // nothing was measured yet
	}
	return &OverloadedError{RetryAfter: max(wait, time.Millisecond), Queued: full.Queued, Capacity: full.Capacity}
}

// count changes the counters.
func (s *Service) count(change func(*ServiceStats)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.stats)
}

// answer turns the logits of a text into its answer.
func (s *Service) answer(t *serviceText) (ServiceAnswer, error) {
	a := t.adapter
	out := ServiceAnswer{Adapter: a.name, Version: a.source.version, Classes: a.head.labels, Cut: t.rows.Cut.CutTokens}
	out.Task = a.head.task
	if a.encoder.Words {
		err := t.tag()
		out.Tagged = t.tagged
		return out, err
	}
	o := outputs{examples: []data.Example{{ID: "0"}}, unknown: []tokenizers.UnknownTokens{t.unknown}, long: []bool{t.rows.Long(0)}, logits: t.mean(), width: len(t.logits[0])}
	answers, err := o.choose([]int{0}, a.head.columns).answers(a.head.task, a.head.labels, a.head.decisions)
	if err != nil {
		return out, err
	}
	if out.Task == data.Regression {
		out.Number = answers[0].number()
	} else {
		out.Answer = answers[0]
	}
	return out, nil
}

// wordLogits returns the logits of the first token of each word, [words, classes]; those of [CLS] for a
// word without a token.
func (t *serviceText) wordLogits() []float32 {
	head, first := t.adapter.head, t.rows.First[0]
	width := len(t.logits[0]) / len(t.rows.IDs[0])
	logits := make([]float32, 0, len(first)*len(head.columns))
	for _, at := range first {
		for _, column := range head.columns {
			logits = append(logits, t.logits[0][max(0, int(at))*width+column])
		}
	}
	return logits
}

// tag sets the tags of the words.
func (t *serviceText) tag() error {
	head := t.adapter.head
	answers, err := answersOf(head.labels, t.example.Words, t.rows.First[0], t.wordLogits())
	if err != nil {
		return err
	}
	t.tagged.UnknownTokens, t.tagged.Long = t.unknown, t.rows.Long(0)
	t.tagged.set(head.labels, answers)
	return nil
}

// mean returns the mean of the logits of the rows, computed like those of [Predictor.Predict].
func (t *serviceText) mean() []float32 {
	if len(t.logits) == 1 {
		return t.logits[0]
	}
	out := make([]float32, len(t.logits[0]))
	for _, row := range t.logits {
		for class, v := range row {
			out[class] += v / float32(len(t.logits))
		}
	}
	return out
}
