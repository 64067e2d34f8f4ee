package classify

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/lorabook/lorabook/pkg/classify/internal/queue"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// MergedError reports an adapter whose logits in the graph of a [Service] differ from those of a model
// into which it is merged, see [ServiceOptions].CheckMerged.
type MergedError struct {
	Adapter string
	// Difference is the largest difference of two logits of a text, divided by the largest absolute
	// logit of the text or by 1, whichever is larger. NaN if a logit is not a number.
	Difference float64
	Bound      float64 // of the precision, see [MergedBound]
	Precision  precision.Precision
	Tokens     int    // of the text with the largest difference, as far as it is read
	Class      string // of the logit
}

func (e *MergedError) Error() string {
	return fmt.Sprintf("adapter %q: its logits differ from those of the merged weights by %.3g (class %q, a text of %d tokens), expected at most %.3g in %s: the adapter is not loaded; to serve it, merge it and open the model alone (kernel merge), or try another engine or precision",
		e.Adapter, e.Difference, e.Class, e.Tokens, e.Bound, e.Precision)
}

// MergedBound returns the largest difference of the logits of an adapter and of a model into which it
// is merged, relative as [MergedError].Difference, that [ServiceOptions].CheckMerged accepts.
//
// The two compute the same sums in another order: x·Wᵀ + s·(x·Aᵀ)·Bᵀ and x·(W + s·B·A)ᵀ. In float32
// the bound is 1e-3. Each operation rounds to a relative 2⁻²⁴, about 6e-8, which the layers of a BERT
// amplify: 2e-6 to 2e-5 with random adapters on bert-base-cased (XLA). In bfloat16 it is 0.1: the
// factors of products are rounded to a relative 2⁻⁹, about 2e-3, W apart from A and B on one side and
// W + s·B·A on the other: 0.007 to 0.021 with the same adapters. The bounds leave room for 24 layers; an
// adapter in a wrong place, of another scaling or without a module moves logits by far more.
func MergedBound(p precision.Precision) float64 {
	if p == precision.BFloat16 {
		return 0.1
	}
	return 1e-3
}

// checkMerged returns a *MergedError if an adapter in the graph computes other logits than a model into
// which it is merged. The turn to load is held.
func (s *Service) checkMerged(ctx context.Context, a *servedAdapter) error {
	texts := s.checkTexts(a)
	want, err := s.mergedLogits(ctx, a, texts)
	if err != nil {
		return fmt.Errorf("adapter %q: the comparison with its merged weights: %w", a.name, err)
	}
	worst := &MergedError{Adapter: a.name, Difference: -1, Bound: MergedBound(s.options.Precision), Precision: s.options.Precision}
	for i, t := range texts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.computeAlone(t); err != nil {
			return fmt.Errorf("adapter %q: %w", a.name, err)
		}
		worst.compare(t, want[i])
	}
	if worst.Difference <= worst.Bound { // not NaN
		return nil
	}
	return worst
}

// compare notes the largest difference of the logits of a text from those that are wanted.
func (e *MergedError) compare(t *serviceText, want []float32) {
	got, labels := t.chosen(), t.adapter.head.labels
	scale := 1.0
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i, v := range got {
		difference := math.Abs(float64(v)-float64(want[i])) / scale
		if difference > e.Difference || math.IsNaN(difference) && !math.IsNaN(e.Difference) {
			e.Difference, e.Class, e.Tokens = difference, labels[i%len(labels)], len(t.rows.IDs[0])
		}
	}
}

// chosen returns the logits of the adapter's classes, in their order: [classes], or [words, classes],
// 0 for a word without a token.
func (t *serviceText) chosen() []float32 {
	if t.adapter.encoder.Words {
		logits := t.wordLogits()
		for word, at := range t.rows.First[0] {
			if n := len(t.adapter.head.columns); at < 0 {
				clear(logits[word*n : (word+1)*n])
			}
		}
		return logits
	}
	mean := t.mean()
	logits := make([]float32, len(t.adapter.head.columns))
	for i, column := range t.adapter.head.columns {
		logits[i] = mean[column]
	}
	return logits
}

// checkTexts returns encoded texts of one token up to more than the adapter reads: random words of the
// vocabulary, the same in each process.
func (s *Service) checkTexts(a *servedAdapter) []*serviceText {
	words := newWordSource(s.model.Tokenizer)
	var texts []*serviceText
	for _, n := range []int{1, 6, a.encoder.MaxLength / 3, a.encoder.MaxLength + a.encoder.MaxLength/2} {
		t := &serviceText{adapter: a, example: data.Example{ID: strconv.Itoa(len(texts))}}
		if chosen := words.next(max(1, n)); a.encoder.Words {
			t.example.Words = chosen
		} else {
			t.example.Text = strings.Join(chosen, " ")
		}
		if a.encoder.Pairs {
			t.example.TextPair = strings.Join(words.next(1+n/4), " ")
		}
		t.rows = a.encoder.Encode([]data.Example{t.example})
		t.logits = make([][]float32, len(t.rows.IDs))
		texts = append(texts, t)
	}
	return texts
}

// wordSource draws words from a vocabulary.
type wordSource struct {
	tokenizer *tokenizers.Tokenizer
	rng       *rand.Rand
}

func newWordSource(t *tokenizers.Tokenizer) wordSource {
	return wordSource{t, rand.New(rand.NewPCG(1, 0))}
}

// next returns n words of letters, or the last token that was drawn for a vocabulary almost without
// such words.
func (w wordSource) next(n int) []string {
	words := make([]string, n)
	for i := range words {
		for range 1000 {
			words[i] = w.tokenizer.Tokens([]int32{int32(w.rng.IntN(w.tokenizer.VocabSize()))})[0]
			if !strings.ContainsFunc(words[i], func(r rune) bool { return !unicode.IsLetter(r) }) {
				break
			}
		}
	}
	return words
}

// computeAlone computes the logits of a text in the graph of the service, without the queue.
func (s *Service) computeAlone(t *serviceText) error {
	for row, ids := range t.rows.IDs {
		batch := &queue.Batch[*serviceRow]{
			Items: []*queue.Item[*serviceRow]{{Value: &serviceRow{text: t, row: row}, Tokens: len(ids)}},
			Kind:  kindOf(t.adapter),
			Size:  s.grid.Size(len(ids)),
		}
		if err := s.compute(batch); err != nil {
			return err
		}
	}
	return nil
}

// mergedLogits returns the logits of texts, as [serviceText.chosen] does, of a model of its own into
// which the adapter is merged, in the precision of the service.
func (s *Service) mergedLogits(ctx context.Context, a *servedAdapter, texts []*serviceText) ([][]float32, error) {
	t := tuned{model: s.model.Dir, dir: a.source.dir, task: a.head.task}
	if a.head.task != data.Regression {
		t.labels = a.head.labels
	}
	m, err := openTuned(ctx, t)
	if err != nil {
		return nil, err
	}
	defer freeVariables(m.Store, "")
	backend, err := s.options.inference(s.options.Backend, m)
	if err != nil {
		return nil, err
	}
	p, err := NewPredictor(backend, m, m.Encoder(), a.encoder.MaxLength)
	if err != nil {
		return nil, err
	}
	defer p.Close()
	p.SetEncoding(encoding.RecordOf(a.encoder))
	examples := make([]data.Example, len(texts))
	for i, t := range texts {
		examples[i] = t.example
	}
	prepared, err := p.Prepare(examples, nil)
	if err != nil {
		return nil, err
	}
	if a.encoder.Words {
		return p.wordLogits(ctx, prepared, nil, "", nil)
	}
	logits, err := p.logits(ctx, prepared, nil, "", nil)
	if err != nil {
		return nil, err
	}
	return slices.Collect(slices.Chunk(logits, p.width)), nil
}
