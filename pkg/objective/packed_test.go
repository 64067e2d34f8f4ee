package objective

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// TestPackedGradients: a batch in which several examples share a row has the loss, the count and the
// gradients of the same examples in rows of their own, with every kind of targets, also if the batch has
// filler.
func TestPackedGradients(t *testing.T) {
	for name, c := range map[string]struct {
		task  data.Task
		loss  Loss
		pairs bool
	}{
		"classes":            {data.SingleLabel, Loss{}, false},
		"pairs":              {data.SingleLabel, Loss{}, true},
		"weights, smoothing": {data.SingleLabel, Loss{ClassWeights: Balanced, LabelSmoothing: 0.1}, false},
		"weights, focal":     {data.SingleLabel, Loss{ClassWeights: Balanced, FocalGamma: 2}, false},
		"several labels":     {data.MultiLabel, Loss{PositiveWeights: Balanced}, true},
		"values":             {data.Regression, Loss{}, false},
		"tags":               {data.TokenClassification, Loss{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			e, err := engine.Shared()
			if err != nil {
				t.Fatal(err)
			}
			p := packedExamples(t, c.task, c.loss, c.pairs)
			for batch := range p.packed.Len() {
				p.compare(t, batch, e.Backend, 1e-5)
			}
		})
	}
}

// TestPackedGradientsInBFloat16: within the rounding of factors of products to 8 bits.
func TestPackedGradientsInBFloat16(t *testing.T) {
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	p := packedExamples(t, data.SingleLabel, Loss{}, true)
	p.compare(t, 0, feed.BFloat16(e).Backend, 0.02)
}

// packed are random examples for a random model, in batches that share rows.
type packed struct {
	store  *model.Store
	logits classify.Logits
	loss   RowLoss
	rows   *encoding.Rows
	packed batching.Sequence
}

func packedExamples(t *testing.T, task data.Task, loss Loss, pairs bool) packed {
	t.Helper()
	head := bert.Classification
	if task == data.TokenClassification {
		head = bert.TokenClassification
	}
	m, err := bert.Open(t.Context(), toytest.Classifier(t, task), bert.Options{Head: head})
	if err != nil {
		t.Fatal(err)
	}
	for v := range m.Store.IterVariables() {
		v.SetTrainable(true)
	}
	encoder := *m.Encoder()
	encoder.Config.HiddenDropout, encoder.Config.AttentionDropout, encoder.Config.ClassifierDropout = 0, 0, nil

	rng := rand.New(rand.NewPCG(7, 3))
	labels := m.Config.Labels
	p := packed{store: m.Store, logits: classify.NetworkOf(m, &encoder), rows: &encoding.Rows{}}
	var tags batching.TokenClasses
	var examples []data.Example
	for range 21 {
		ids := make([]int32, 1+rng.IntN(14))
		tag := make([]int32, len(ids))
		for i := range ids {
			ids[i], tag[i] = int32(1+rng.IntN(m.Config.VocabSize-1)), int32(rng.IntN(len(labels)+1)-1)
			if tag[i] < 0 {
				tag[i] = batching.Ignored
			}
		}
		p.rows.IDs, tags = append(p.rows.IDs, ids), append(tags, tag)
		if pairs {
			p.rows.FirstLengths = append(p.rows.FirstLengths, int32(1+rng.IntN(len(ids))))
		}
		e := data.Example{Label: rng.IntN(len(labels)), Value: rng.NormFloat64()}
		for label := range labels {
			if rng.IntN(2) == 0 {
				e.Labels = append(e.Labels, label)
			}
		}
		examples = append(examples, e)
	}
	if p.loss, err = loss.Rows(task, examples, labels); err != nil {
		t.Fatal(err)
	}
	var targets batching.Targets = tags
	if task != data.TokenClassification {
		targets = classify.Targets(task, examples, len(labels))
	}
	batcher, err := batching.NewBatcherOf(p.rows.IDs, targets, batching.Options{Rows: 8, Lengths: []int{16}, PackedShape: batching.Shape{Rows: 4, Length: 24}, Seed: 4})
	if err != nil {
		t.Fatal(err)
	}
	p.packed = batcher.Epoch(0)
	return p
}

// compare compares a batch with its examples in rows of their own.
func (p packed) compare(t *testing.T, i int, backend compute.Backend, tolerance float64) {
	t.Helper()
	batch, apart := p.packed.At(i), p.packed.Apart(i)
	if apart.Len() != 1 || batch.Packed == nil || batch.Rows >= len(batch.Index) {
		t.Fatalf("%d batches of %d examples in %d rows", apart.Len(), len(batch.Index), batch.Rows)
	}
	got := p.gradients(t, backend, p.logits.PackedFor(p.rows), batch)
	want := p.gradients(t, backend, p.logits.For(p.rows), apart.At(0))
	if len(got) != len(want) {
		t.Fatalf("%d gradients, expected %d", len(got)-2, len(want)-2)
	}
	largest := 0.0
	for _, values := range want[2:] {
		for _, v := range values {
			largest = max(largest, math.Abs(float64(v)))
		}
	}
	for k, values := range want {
		what, scale := fmt.Sprintf("gradient %d of %d", k-2, len(want)-2), largest
		if k < 2 {
			what, scale = []string{"sum", "count"}[k], math.Abs(float64(values[0]))
		}
		for j, v := range values {
			if d := math.Abs(float64(got[k][j] - v)); !(d <= tolerance*scale) {
				t.Errorf("batch %d of %d examples: %s is %v at %d, %v apart", i, len(batch.Index), what, got[k][j], j, v)
				break
			}
		}
	}
}

// gradients returns the summed loss of a batch, its count and the gradients of all variables.
func (p packed) gradients(t *testing.T, backend compute.Backend, logits classify.Logits, batch batching.Batch) [][]float32 {
	t.Helper()
	objective := New(logits, p.loss)
	exec, err := feed.New(backend, p.store, objective.Signature, func(root *model.Scope, in batching.Nodes) []*graph.Node {
		sum, count, grads := trainer.Gradients(root, in, objective)
		return append([]*graph.Node{sum, count}, grads...)
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	out, err := exec.Call(feed.More(p.rows.Tensors).Tensors(batch))
	if err != nil {
		t.Fatal(err)
	}
	values := make([][]float32, len(out))
	for i, tensor := range out {
		values[i] = tensors.MustCopyFlatData[float32](tensor)
	}
	return values
}
