package trainer

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/pkg/batching"
)

// Objective is the loss that a training minimizes.
type Objective struct {
	Signature batching.Signature // the inputs that Loss reads
	// Loss returns a batch's summed loss in nats and the divisor of the sum for the mean, both
	// scalars.
	Loss func(root *model.Scope, in batching.Nodes) (sum, count *graph.Node)
}

// CrossEntropy returns -log softmax(logits)[label] over the last axis: logits [..., labels]
// and labels int32 [...] give float32 [...].
func CrossEntropy(logits, labels *graph.Node) *graph.Node {
	logp := graph.LogSoftmax(graph.ConvertDType(logits, dtypes.Float32), -1)
	chosen := graph.OneHot(labels, logits.Shape().Dim(-1), dtypes.Float32)
	return graph.Neg(graph.ReduceSum(graph.Mul(logp, chosen), -1))
}

// Gradients adds a forward and backward pass to the graph: the batch's summed loss, its count,
// and the gradient of the sum for each variable that [Trainable] lists.
func Gradients(root *model.Scope, in batching.Nodes, objective Objective) (sum, count *graph.Node, grads []*graph.Node) {
	g := in.IDs.Graph()
	root.Store().SetTraining(g, true)
	sum, count = objective.Loss(root, in)
	variables := Trainable(root, g)
	if len(variables) == 0 {
		exceptions.Panicf("trainer: no variable of the network is trainable")
	}
	nodes := make([]*graph.Node, len(variables))
	for i, v := range variables {
		nodes[i] = v.NodeValue(g)
	}
	return sum, count, graph.Gradient(sum, nodes...)
}

// Trainable returns the trainable variables in the store's order, which is also the optimizer's.
// If g is not nil, it returns only those that the graph uses.
func Trainable(root *model.Scope, g *graph.Graph) []*model.Variable {
	var list []*model.Variable
	for v := range root.IterVariables() {
		if v.Trainable && (g == nil || v.InUseByGraph(g)) {
			list = append(list, v)
		}
	}
	return list
}
