package objective

import (
	"cmp"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// RowLoss is the loss of each row, [rows], from the classifier's outputs, [rows, classes], and the
// targets, and the weights of the rows in the mean, [rows]; nil weights are 1.
type RowLoss func(logits, targets *graph.Node) (losses, weights *graph.Node)

// New returns the weighted mean of the rows' losses. A row of length 0 is padding and is ignored. With
// [classify.Logits.PackedFor], the rows are the examples of the batch, and filler is ignored.
func New(l classify.Logits, loss RowLoss) trainer.Objective {
	return trainer.Objective{
		Signature: batching.Signature{Labels: true, Extra: l.Extra},
		Loss: func(root *model.Scope, in batching.Nodes) (sum, count *graph.Node) {
			scores := l.Build(root, in) // [rows, classes]
			real := real(in)            // [rows]
			losses, weights := loss(scores, in.Labels)
			sum = graph.ReduceAllSum(graph.Mul(losses, real))
			if weights != nil {
				real = graph.Mul(weights, real)
			}
			return sum, graph.ReduceAllSum(real)
		},
	}
}

// real returns 1 for the rows of the logits that an example has and 0 for filler, float32 [rows].
func real(in batching.Nodes) *graph.Node {
	has := graph.GreaterThan(in.Lengths, graph.ZerosLike(in.Lengths))
	if examples := in.Extra[batching.ExamplesTensor]; examples != nil {
		has = graph.GreaterOrEqual(examples, graph.ZerosLike(examples))
	}
	return graph.ConvertDType(has, dtypes.Float32)
}

// Rows returns the loss of each row for a task, with the weights of the training examples.
func (l Loss) Rows(task data.Task, train []data.Example, labels []string) (RowLoss, error) {
	switch cmp.Or(task, data.SingleLabel) {
	case data.MultiLabel:
		weights, err := l.positiveWeights(train, labels)
		return sigmoidCrossEntropy(weights), err
	case data.Regression:
		return squaredError, nil
	case data.TokenClassification:
		return tokenCrossEntropy, nil
	}
	weights, err := l.classWeights(train, labels)
	switch {
	case l.FocalGamma != 0:
		return focal(weights, l.FocalGamma), err
	case weights != nil || l.LabelSmoothing != 0:
		return smoothed(weights, l.LabelSmoothing), err
	}
	return CrossEntropy, err
}
