package pretrain

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/progress"
)

// Masked is the evaluation of the masked language model.
type Masked struct {
	Texts                int     `json:"texts"`              // number of evaluated texts
	Places               int     `json:"places"`             // number of masked positions
	Loss                 float64 `json:"loss"`               // mean cross-entropy, nats
	Accuracy             float64 `json:"accuracy"`           // share of positions with the highest score for the true token
	MostFrequent         string  `json:"commonest"`          // the most frequent masked token
	MostFrequentAccuracy float64 `json:"commonest_accuracy"` // accuracy of the baseline that always predicts it
}

// maskedMeter evaluates the model on the same rows with the same masked positions each time.
type maskedMeter struct {
	exec    *feed.Exec
	batches []maskedBatch
	result  Masked // the values that do not depend on the model
}

func newMaskedMeter(backend compute.Backend, m *bert.Model, encoder *bert.Encoder, held [][]int32, p Pretraining, rules rules) (*maskedMeter, error) {
	exec, err := feed.New(backend, m.Store, batching.Signature{Labels: true, Extra: []string{positionsTensor}}, maskedEvaluation(encoder))
	if err != nil {
		return nil, err
	}
	p.Contrast, p.Bag, p.Neighbours = 0, 0, 1
	rows := newMaskedRows(m.Tokenizer, held, p, rules)
	last := p.Stages[len(p.Stages)-1]
	plan := rows.cut(last.Length-2, random.Named(p.Seed, "held-out rows"))
	meter := &maskedMeter{exec: exec}
	counts := map[int32]int{}
	evaluated := map[int]bool{} // texts with a masked token
	for i := 0; i < len(plan); i += last.Rows {
		part := plan[i:min(len(plan), i+last.Rows)]
		b := rows.batch(held, part, last, random.Named(p.Seed, fmt.Sprintf("held-out masks %d", i)))
		meter.result.Places += b.hidden()
		for at, id := range b.labels {
			if id >= 0 {
				counts[id]++
				evaluated[part[at/b.places].text] = true
			}
		}
		meter.batches = append(meter.batches, b)
	}
	var most int32 = -1
	for id, n := range counts {
		if most < 0 || n > counts[most] || n == counts[most] && id < most {
			most = id
		}
	}
	if most < 0 {
		exec.Finalize()
		return nil, &settings.FieldError{Field: "held_out", Reason: fmt.Sprintf("holds out %d texts without a token to mask", len(held))}
	}
	meter.result.Texts = len(evaluated)
	meter.result.MostFrequent = m.Tokenizer.Tokens([]int32{most})[0]
	meter.result.MostFrequentAccuracy = float64(counts[most]) / float64(meter.result.Places)
	return meter, nil
}

func (m *maskedMeter) close() { m.exec.Finalize() }

func (m *maskedMeter) measure(ctx context.Context, display progress.Progress) (*Masked, error) {
	bar := display.Begin("held-out texts", len(m.batches), 0)
	defer bar.End()
	result := m.result
	var loss, count, right float64
	for i, b := range m.batches {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		out, err := m.exec.Call(b.tensors().Tensors)
		if err != nil {
			return nil, err
		}
		for j, sum := range []*float64{&loss, &count, &right} {
			*sum += float64(tensors.ToScalar[float32](out[j]))
		}
		bar.Update(progress.Status{Done: i + 1})
	}
	result.Loss, result.Accuracy = loss/count, right/count
	return &result, nil
}
