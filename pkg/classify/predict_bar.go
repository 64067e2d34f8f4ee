package classify

import (
	"time"

	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/progress"
)

// predictionBar shows the progress of a prediction, with a remaining time by the costs of its batches.
type predictionBar struct {
	progress.Task
	costs          *feed.Costs
	began          time.Time
	examples, read int // examples and tokens of the finished batches
}

// begin opens the progress of a prediction; a nil display shows nothing.
func (p *Predictor) begin(display progress.Progress, task string, batches batching.Sequence) *predictionBar {
	if display == nil {
		display = progress.Nop
	}
	return &predictionBar{Task: display.Begin(task, batches.Examples(), 0), costs: p.layer().Costs(batches, 0), began: time.Now()}
}

// add counts a batch, or one that takes the place of batch i: see [feed.Forward.Each].
func (b *predictionBar) add(i int, batch batching.Batch) {
	b.read, b.examples = b.read+batch.Tokens(), b.examples+len(batch.Index)
	pace := float64(b.read) / time.Since(b.began).Seconds()
	b.Update(b.costs.Status(i, progress.Status{Done: b.examples, TokensPerSecond: pace}))
}

// layer returns the sizes of the model's layers.
func (p *Predictor) layer() feed.Layer {
	return feed.Layer{Hidden: p.model.Config.HiddenSize, Weights: p.model.Config.LayerWeights()}
}

// Cost returns the estimated cost of a prediction of the examples, as the number of tokens in short rows
// that take as long to compute.
func (p *Prepared) Cost() float64 {
	if p == nil {
		return 0
	}
	return p.layer.Cost(p.batches)
}
