package classify

import (
	"context"
	"strconv"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// outputs are the logits of texts before they are turned into answers.
type outputs struct {
	examples []data.Example // cleaned
	logits   []float32      // [examples, width]
	width    int
	unknown  []tokenizers.UnknownTokens // of each example
	long     []bool                     // of each example
}

// outputsOf computes the outputs for cleaned examples. more returns the extra inputs of the graph for the
// rows of the examples; nil means none.
func (p *Predictor) outputsOf(ctx context.Context, examples []data.Example, pairs bool, more func(*encoding.Rows) feed.More) (outputs, error) {
	o := outputs{examples: examples, width: p.width, unknown: make([]tokenizers.UnknownTokens, len(examples)), long: make([]bool, len(examples))}
	if len(examples) == 0 {
		return o, nil
	}
	rows := p.encode(examples, pairs)
	prepared, err := p.Prepare(examples, rows)
	if err != nil {
		return o, err
	}
	var extra feed.More
	if more != nil {
		extra = more(rows)
	}
	if o.logits, err = p.logits(ctx, prepared, nil, "", extra); err != nil {
		return o, err
	}
	for i := range examples {
		o.long[i] = rows.Long(i)
	}
	for row, ids := range rows.IDs {
		o.unknown[rows.Example(row)].Add(tokenizers.CountUnknown(p.model.Tokenizer, [][]int32{ids}))
	}
	return o, nil
}

// choose returns the outputs of the examples with the given indices, and of these the logits with
// the given indices, in this order.
func (o outputs) choose(examples, columns []int) outputs {
	out := outputs{width: len(columns)}
	for _, i := range examples {
		out.examples = append(out.examples, o.examples[i])
		out.unknown = append(out.unknown, o.unknown[i])
		out.long = append(out.long, o.long[i])
		for _, column := range columns {
			out.logits = append(out.logits, o.logits[i*o.width+column])
		}
	}
	return out
}

// set copies the outputs of some examples to those with the given indices, which become their IDs.
func (o outputs) set(part outputs, examples []int) {
	for i, example := range examples {
		o.examples[example], o.unknown[example], o.long[example] = part.examples[i], part.unknown[i], part.long[i]
		o.examples[example].ID = strconv.Itoa(example)
		copy(o.logits[example*o.width:][:o.width], part.logits[i*o.width:])
	}
}

// answers returns the predictions of a task, whose classes are those of the logits.
func (o outputs) answers(task data.Task, classes []string, d decisions) ([]Answer, error) {
	answers, err := newPredictions(task, classes, o.examples, o.logits).answers(d)
	if err != nil {
		return nil, err
	}
	for i := range answers {
		answers[i].UnknownTokens, answers[i].Long = o.unknown[i], o.long[i]
	}
	return answers, nil
}
