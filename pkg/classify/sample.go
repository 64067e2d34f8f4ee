package classify

import (
	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/data"
)

// Sample returns at least n of the examples, drawn by the seed, for predictions that equal those of
// all examples to the bit: it keeps whole batches, since the shape of a batch and its other examples
// can change the last digits. All examples of these batches belong to the sample, those with several
// windows if all their windows do. The predictions have the examples in their order. If there are not
// more than n examples, or n is negative, Sample returns all.
func (p *Prepared) Sample(n int, seed int64) *Prepared {
	total := len(p.examples)
	if n < 0 || n >= total {
		return p
	}
	batchOf := make([]int, len(p.rows.IDs)) // by row
	for i := range p.batches.Len() {
		for _, row := range p.batches.Members(i) {
			batchOf[row] = i
		}
	}
	missing := make([]int, total) // number of rows that the sample lacks, by example
	rowsOf := make([][]int, total)
	for row := range batchOf {
		example := p.rows.Example(row)
		missing[example]++
		rowsOf[example] = append(rowsOf[example], row)
	}
	var batches, sample []int
	taken := make([]bool, p.batches.Len())
	for _, drawn := range random.Named(seed, "sample of predictions").Perm(total) {
		if len(sample) >= n {
			break
		}
		for _, row := range rowsOf[drawn] {
			i := batchOf[row]
			if taken[i] {
				continue
			}
			taken[i] = true
			batches = append(batches, i)
			for _, member := range p.batches.Members(i) {
				example := p.rows.Example(member)
				if missing[example]--; missing[example] == 0 {
					sample = append(sample, example)
				}
			}
		}
	}
	return p.part(batches, sample)
}

// Select returns the predictions of the examples with the given numbers, in their order. Outputs of
// selected tags are nil.
func (p *TaskPredictions) Select(examples ...int) *TaskPredictions {
	switch {
	case p.MultiLabel != nil:
		return &TaskPredictions{MultiLabel: p.MultiLabel.Select(examples...)}
	case p.Regression != nil:
		return &TaskPredictions{Regression: p.Regression.Select(examples...)}
	case p.Tags != nil:
		return &TaskPredictions{Tags: p.Tags.Select(examples...)}
	case p.SingleLabel != nil:
		return &TaskPredictions{SingleLabel: p.SingleLabel.Select(examples...)}
	}
	return &TaskPredictions{}
}

// Task returns the task of the predictions.
func (p *TaskPredictions) Task() data.Task {
	switch {
	case p.MultiLabel != nil:
		return data.MultiLabel
	case p.Regression != nil:
		return data.Regression
	case p.Tags != nil:
		return data.TokenClassification
	}
	return data.SingleLabel
}

// Classes returns the names of the classes; nil for a regression.
func (p *TaskPredictions) Classes() []string {
	switch {
	case p.MultiLabel != nil:
		return p.MultiLabel.Classes
	case p.Tags != nil:
		return p.Tags.Classes
	case p.SingleLabel != nil:
		return p.SingleLabel.Classes
	}
	return nil
}

// Len is the number of examples.
func (p *TaskPredictions) Len() int {
	switch {
	case p.MultiLabel != nil:
		return p.MultiLabel.Len()
	case p.Regression != nil:
		return p.Regression.Len()
	case p.Tags != nil:
		return p.Tags.Len()
	case p.SingleLabel != nil:
		return p.SingleLabel.Len()
	}
	return 0
}

// IDs returns the ids of the examples; nil without ids.
func (p *TaskPredictions) IDs() []string {
	switch {
	case p.MultiLabel != nil:
		return p.MultiLabel.IDs
	case p.Regression != nil:
		return p.Regression.IDs
	case p.Tags != nil:
		return p.Tags.IDs
	case p.SingleLabel != nil:
		return p.SingleLabel.IDs
	}
	return nil
}
