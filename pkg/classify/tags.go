package classify

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/entities"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/progress"
)

// wordLogits returns the outputs of the classifier for the first token of each word of prepared
// sentences: [words, classes] for each sentence, 0 for a word without a token.
func (p *Predictor) wordLogits(ctx context.Context, prepared *Prepared, display progress.Progress, task string, more func(batching.Batch) map[string]*tensors.Tensor) ([][]float32, error) {
	rows, labels := prepared.rows, len(p.model.Config.Labels)
	out := make([][]float32, len(prepared.examples))
	for _, i := range prepared.Numbers() {
		out[i] = make([]float32, len(rows.First[i])*labels)
	}
	bar := p.begin(display, task, prepared.batches)
	defer bar.End()
	err := p.forward(rows, more).Each(ctx, prepared.batches, 0, func(number int, batch batching.Batch, logits []float32) error {
		for i, row := range batch.Index {
			for word, at := range rows.First[row] {
				if at >= 0 {
					copy(out[row][word*labels:][:labels], logits[(batch.Start(i)+int(at))*labels:])
				}
			}
		}
		bar.add(number, batch)
		return nil
	})
	return out, err
}

// wordAnswer is the answer to one word.
type wordAnswer struct {
	read          bool // the word has a token
	tag           int  // index of the class
	probability   float64
	logits        []float32
	probabilities []float64
}

// wordAnswers returns the answers to each word of a prepared sentence, by its number. A word without a token
// has the tag "O".
func (p *Predictor) wordAnswers(prepared *Prepared, sentence int, logits []float32) ([]wordAnswer, error) {
	answers, err := answersOf(p.model.Config.Labels, prepared.examples[sentence].Words, prepared.rows.First[sentence], logits)
	if err != nil {
		return nil, fmt.Errorf("sentence %d, %w", sentence, err)
	}
	return answers, nil
}

// answersOf returns the answers to the words of a sentence. first are the positions of their first
// tokens, -1 for none, and logits those of these tokens, [words, classes].
func answersOf(classes, words []string, first []int32, logits []float32) ([]wordAnswer, error) {
	k, outside := len(classes), max(0, slices.Index(classes, entities.Outside))
	answers := make([]wordAnswer, len(words))
	for word := range answers {
		a := wordAnswer{tag: outside}
		if first[word] >= 0 {
			a.read, a.logits, a.probabilities = true, logits[word*k:(word+1)*k], make([]float64, k)
			for class := range classes {
				a.probabilities[class] = math.Exp(logSoftmax(a.logits, class))
			}
			a.tag = metrics.Argmax(a.probabilities)
			if a.probability = a.probabilities[a.tag]; math.IsNaN(a.probability) || math.IsInf(a.probability, 0) {
				return nil, fmt.Errorf("word %d, %q: the model's outputs are %v, expected finite numbers: its training diverged", word, words[word], a.logits)
			}
		}
		answers[word] = a
	}
	return answers, nil
}

// tagPredictions returns the tags of prepared sentences with right tags.
func (p *Predictor) tagPredictions(prepared *Prepared, logits [][]float32) (*metrics.TagPredictions, error) {
	numbers := prepared.Numbers()
	out := &metrics.TagPredictions{Classes: p.model.Config.Labels, IDs: prepared.IDs(), Losses: make([]float64, len(numbers)), Read: make([]int, len(numbers))}
	for i, number := range numbers {
		e := prepared.examples[number]
		answers, err := p.wordAnswers(prepared, number, logits[number])
		if err != nil {
			return nil, err
		}
		if len(e.Tags) != len(e.Words) {
			return nil, fmt.Errorf("example %q has %d tags for %d words: expected one for each; Tag finds them", e.ID, len(e.Tags), len(e.Words))
		}
		tags, probabilities := make([]int, len(e.Words)), make([]float32, len(e.Words))
		for word, a := range answers {
			tags[word], probabilities[word] = a.tag, float32(a.probability)
			if a.read {
				out.Read[i]++
				out.Losses[i] -= logSoftmax(a.logits, e.Tags[word])
			}
		}
		out.Labels, out.Answers, out.Probabilities = append(out.Labels, e.Tags), append(out.Answers, tags), append(out.Probabilities, probabilities)
	}
	out.FindScheme()
	return out, nil
}

// logSoftmax returns log softmax(logits)[class].
func logSoftmax(logits []float32, class int) float64 {
	top, sum := float64(slices.Max(logits)), 0.0
	for _, v := range logits {
		sum += math.Exp(float64(v) - top)
	}
	return float64(logits[class]) - top - math.Log(sum)
}
