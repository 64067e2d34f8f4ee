package classify

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Words returns the contribution of each word of a request's text, or pair of texts, to the
// prediction of the class, as [Classifier.WordsOfPair] does. An empty class is the most probable one,
// for data.MultiLabel too, and the number of a regression. The texts without a word wait in the same
// queue as others: a text of n words counts as n+1 texts. A request for data.TokenClassification is a
// *[TaskError]; an unknown class is an error with the known ones. Other errors are those of
// [Service.Answer].
func (s *Service) Words(ctx context.Context, request Request, class string) (ofText, ofPair []WordEffect, err error) {
	if ctx == nil {
		return nil, nil, errNilContext
	}
	held, err := s.acquire(ctx, []string{request.Adapter})
	if err != nil {
		return nil, nil, err
	}
	a := held[request.Adapter]
	first, second := strings.Fields(data.Clean(request.Text)), strings.Fields(data.Clean(request.TextPair))
	texts, err := s.encodeWithout(a, request, class, first, second)
	if err != nil {
		s.release(held)
		return nil, nil, err
	}
	if err := s.ask(ctx, texts, held); err != nil {
		return nil, nil, err
	}
	all := outputs{width: len(texts[0].logits[0])}
	for _, t := range texts {
		all.examples, all.unknown, all.long, all.logits = append(all.examples, data.Example{ID: strconv.Itoa(len(all.examples))}), append(all.unknown, t.unknown), append(all.long, t.rows.Long(0)), append(all.logits, t.mean()...)
	}
	effects, err := effectsOf(a.head, all, class, slices.Concat(first, second))
	if err != nil {
		return nil, nil, err
	}
	return effects[:len(first)], effects[len(first):], nil
}

// encodeWithout returns the whole text of a request, and then the text without each word.
func (s *Service) encodeWithout(a *servedAdapter, r Request, class string, first, second []string) ([]*serviceText, error) {
	if err := a.head.checkClass(class); err != nil {
		return nil, err
	}
	if a.head.task == data.TokenClassification {
		return nil, &TaskError{Task: a.head.task, Call: "Words", Use: "Answer", Adapter: a.name}
	}
	whole, err := s.encode(a, r)
	if err != nil {
		return nil, err
	}
	encoder := a.encoder
	encoder.Pairs = encoder.Pairs || r.TextPair != ""
	texts := []*serviceText{whole}
	for i := range len(first) + len(second) {
		t := &serviceText{adapter: a, example: data.Example{Text: without(first, i), TextPair: without(second, i-len(first))}}
		t.rows = encoder.Encode([]data.Example{t.example})
		t.logits, t.unknown = make([][]float32, len(t.rows.IDs)), tokenizers.CountUnknown(s.model.Tokenizer, t.rows.IDs)
		texts = append(texts, t)
	}
	return texts, nil
}

// checkClass refuses an unknown class; "" stands for the most probable one.
func (h *servedHead) checkClass(class string) error {
	if class != "" && !slices.Contains(h.labels, class) {
		return fmt.Errorf("words for class %q: expected one of %q", class, h.labels)
	}
	return nil
}

// effectsOf returns the effects of words from the outputs of the whole text and of the texts without
// each.
func effectsOf(h *servedHead, all outputs, class string, words []string) ([]WordEffect, error) {
	p := newPredictions(h.task, h.labels, all.examples, all.choose(counted(len(all.examples)), h.columns).logits)
	at := slices.Index(h.labels, class)
	if class == "" {
		at = 0
		for i := range h.labels {
			if h.task != data.Regression && p.Outputs()[i] > p.Outputs()[at] {
				at = i
			}
		}
	}
	return p.effects(at, words)
}
