package objective

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"

	"github.com/lorabook/lorabook/internal/trainer"
)

// CrossEntropy is the loss of one class per example: targets int32 [rows].
func CrossEntropy(logits, targets *graph.Node) (losses, weights *graph.Node) {
	return trainer.CrossEntropy(logits, targets), nil
}

// tokenCrossEntropy is the loss of one class per token: logits [rows, length, classes], targets
// int32 [rows, length], of which negative ones are ignored. The loss of a row is the sum over its
// tokens, and its weight their number, so that a step minimizes the mean over its tokens.
func tokenCrossEntropy(logits, targets *graph.Node) (losses, weights *graph.Node) {
	zeros := graph.ZerosLike(targets)
	counted := graph.ConvertDType(graph.GreaterOrEqual(targets, zeros), dtypes.Float32)  // [rows, length]
	losses = graph.Mul(trainer.CrossEntropy(logits, graph.Max(targets, zeros)), counted) // [rows, length]
	return graph.ReduceSum(losses, 1), graph.ReduceSum(counted, 1)
}

// squaredError is the loss of a regression: logits [rows, 1], targets float32 [rows].
func squaredError(logits, targets *graph.Node) (losses, weights *graph.Node) {
	answers := graph.Reshape(graph.ConvertDType(logits, dtypes.Float32), targets.Shape().Dim(0)) // [rows]
	return graph.Square(graph.Sub(answers, targets)), nil
}

// sigmoidCrossEntropy is the mean loss of the classes: targets float32 [rows, classes]. The loss of
// a class is -log sigmoid(x), times its weight, for an example that has it, and -log sigmoid(-x)
// otherwise. nil weights are 1.
func sigmoidCrossEntropy(positive []float32) RowLoss {
	return func(logits, targets *graph.Node) (losses, _ *graph.Node) {
		x := graph.ConvertDType(logits, dtypes.Float32)                                   // [rows, classes]
		logp := graph.LogSoftmax(graph.Stack([]*graph.Node{x, graph.ZerosLike(x)}, 2), 2) // [rows, classes, 2]: log sigmoid(x), log sigmoid(-x)
		has := targets
		if positive != nil {
			has = graph.Mul(has, graph.ExpandLeftToRank(graph.Const(x.Graph(), positive), 2))
		}
		weights := graph.Stack([]*graph.Node{has, graph.OneMinus(targets)}, 2)
		return graph.Neg(graph.ReduceMean(graph.ReduceSum(graph.Mul(logp, weights), 2), 1)), nil
	}
}

// smoothed is the cross-entropy with weights of the classes and label smoothing.
func smoothed(classes []float32, smoothing float64) RowLoss {
	return func(logits, targets *graph.Node) (losses, weights *graph.Node) {
		x := graph.ConvertDType(logits, dtypes.Float32)
		k := x.Shape().Dim(-1)
		chosen := graph.OneHot(targets, k, dtypes.Float32) // [rows, classes]
		target := graph.AddScalar(graph.MulScalar(chosen, 1-smoothing), smoothing/float64(k))
		if classes != nil {
			each := graph.ExpandLeftToRank(graph.Const(x.Graph(), classes), 2) // [1, classes]
			target = graph.Mul(target, each)
			weights = graph.ReduceSum(graph.Mul(chosen, each), -1)
		}
		return graph.Neg(graph.ReduceSum(graph.Mul(graph.LogSoftmax(x, -1), target), -1)), weights
	}
}

// focal is the focal loss with weights of the classes. The logarithm of 1-p is that of the sum of
// the other classes' probabilities, whose gradient is finite for every gamma.
func focal(classes []float32, gamma float64) RowLoss {
	return func(logits, targets *graph.Node) (losses, weights *graph.Node) {
		x := graph.ConvertDType(logits, dtypes.Float32)
		chosen := graph.OneHot(targets, x.Shape().Dim(-1), dtypes.Float32) // [rows, classes]
		logp := graph.LogSoftmax(x, -1)
		right := graph.ReduceSum(graph.Mul(logp, chosen), -1)                               // log p
		others := graph.Sub(logp, graph.MulScalar(chosen, 1e9))                             // without the right class
		top := graph.StopGradient(graph.ReduceMax(others, -1))                              // [rows]
		sum := graph.ReduceSum(graph.Exp(graph.Sub(others, graph.InsertAxes(top, -1))), -1) // [rows]
		modulator := graph.Exp(graph.MulScalar(graph.Add(graph.Log(sum), top), gamma))      // (1-p)^gamma
		losses = graph.Neg(graph.Mul(modulator, right))
		if classes != nil {
			weights = graph.ReduceSum(graph.Mul(chosen, graph.ExpandLeftToRank(graph.Const(x.Graph(), classes), 2)), -1)
			losses = graph.Mul(losses, weights)
		}
		return losses, weights
	}
}
