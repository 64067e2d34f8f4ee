package classify

import (
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Parts divides the examples into parts of at least n, fewer in the last one, so that predictions can be
// stored part by part. A part has whole batches: the predictions of all parts, joined and ordered
// ([Join]), equal those of all examples to the bit. All windows of an example are in one part, so that
// examples with windows can make parts large.
func (p *Prepared) Parts(n int) (parts []*Prepared) {
	if p == nil || p.rows == nil {
		return nil
	}
	missing := make([]int, len(p.examples)) // number of rows that follow, by example
	for i := range p.batches.Len() {
		for _, row := range p.batches.Members(i) {
			missing[p.rows.Example(row)]++
		}
	}
	begun := make([]bool, len(p.examples))
	var batches, complete []int
	open := 0 // examples with rows in these batches and in later ones
	for i := range p.batches.Len() {
		batches = append(batches, i)
		for _, row := range p.batches.Members(i) {
			example := p.rows.Example(row)
			if !begun[example] {
				begun[example] = true
				open++
			}
			if missing[example]--; missing[example] == 0 {
				open--
				if p.predicts(example) {
					complete = append(complete, example)
				}
			}
		}
		if open == 0 && (len(complete) >= n || i == p.batches.Len()-1) {
			parts = append(parts, p.part(batches, complete))
			batches, complete = nil, nil
		}
	}
	return parts
}

// part returns the examples with these numbers, which are whole in these batches. No numbers mean no example.
func (p *Prepared) part(batches, sample []int) *Prepared {
	slices.Sort(batches)
	sample = append([]int{}, sample...) // nil would mean all
	slices.Sort(sample)
	return &Prepared{examples: p.examples, rows: p.rows, batches: p.batches.Select(batches...), sample: sample, layer: p.layer}
}

// predicts reports whether the example of that number is predicted.
func (p *Prepared) predicts(example int) bool {
	_, found := slices.BinarySearch(p.sample, example)
	return found || p.sample == nil
}

// selected returns the examples that are predicted, and their outputs out of those of all examples, [examples, width].
func (p *Prepared) selected(outputs []float32, width int) (examples []data.Example, selected []float32) {
	if p.sample == nil {
		return p.examples, outputs
	}
	for _, i := range p.sample {
		examples = append(examples, p.examples[i])
		selected = append(selected, outputs[i*width:(i+1)*width]...)
	}
	return examples, selected
}

// Numbers returns the numbers of the examples that are predicted, ascending.
func (p *Prepared) Numbers() []int {
	if p == nil {
		return nil
	}
	if p.sample != nil {
		return slices.Clone(p.sample)
	}
	all := make([]int, len(p.examples))
	for i := range all {
		all[i] = i
	}
	return all
}

// IDs returns the ids of the examples that are predicted.
func (p *Prepared) IDs() []string {
	if p == nil {
		return nil
	}
	examples, _ := p.selected(nil, 0)
	return idsOf(examples)
}

// Cut returns the share of the examples' texts that the model reads, of all examples that were prepared.
func (p *Prepared) Cut() encoding.Cut {
	if p == nil || p.rows == nil {
		return encoding.Cut{}
	}
	return p.rows.Cut
}

// UnknownTokens counts the tokens [UNK] of all examples that were prepared.
func (p *Prepared) UnknownTokens(t *tokenizers.Tokenizer) tokenizers.UnknownTokens {
	if p == nil || p.rows == nil || t == nil {
		return tokenizers.UnknownTokens{}
	}
	return tokenizers.CountUnknown(t, p.rows.IDs)
}

// Join returns the predictions of several parts, one after the other. They have the same task and the same
// classes. Outputs of joined tags are nil.
func Join(parts ...*TaskPredictions) *TaskPredictions {
	out := &TaskPredictions{}
	for i, p := range parts {
		if i == 0 {
			all := make([]int, p.Len())
			for k := range all {
				all[k] = k
			}
			out = p.Select(all...)
			continue
		}
		switch {
		case p.MultiLabel != nil:
			to, from := out.MultiLabel, p.MultiLabel
			to.IDs, to.Labels = append(to.IDs, from.IDs...), append(to.Labels, from.Labels...)
			to.Logits, to.Probabilities = append(to.Logits, from.Logits...), append(to.Probabilities, from.Probabilities...)
		case p.Regression != nil:
			to, from := out.Regression, p.Regression
			to.IDs, to.Values, to.Answers = append(to.IDs, from.IDs...), append(to.Values, from.Values...), append(to.Answers, from.Answers...)
		case p.Tags != nil:
			to, from := out.Tags, p.Tags
			to.IDs, to.Labels, to.Answers = append(to.IDs, from.IDs...), append(to.Labels, from.Labels...), append(to.Answers, from.Answers...)
			to.Losses, to.Read, to.Probabilities = append(to.Losses, from.Losses...), append(to.Read, from.Read...), append(to.Probabilities, from.Probabilities...)
		case p.SingleLabel != nil:
			to, from := out.SingleLabel, p.SingleLabel
			to.IDs, to.Labels = append(to.IDs, from.IDs...), append(to.Labels, from.Labels...)
			to.Logits, to.Probabilities = append(to.Logits, from.Logits...), append(to.Probabilities, from.Probabilities...)
		}
	}
	if out.Tags != nil {
		out.Tags.FindScheme()
	}
	return out
}
