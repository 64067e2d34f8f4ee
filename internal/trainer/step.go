package trainer

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/batching"
)

// sumScope contains the gradients that are summed over several batches.
const sumScope = "gradient_sum"

// stepper builds the graphs of training steps: a forward and backward pass computes the gradient
// of the batch's summed loss, and an update applies it.
type stepper struct {
	optimizer Optimizer
	objective Objective
}

// passAndUpdate is a whole step in one graph, for steps of one batch. It returns
// the summed loss, its count, and the gradient's norm before clipping.
func (s *stepper) passAndUpdate(root *model.Scope, in batching.Nodes) []*graph.Node {
	loss, count, grads := Gradients(root, in, s.objective)
	return []*graph.Node{loss, count, s.update(root, Trainable(root, loss.Graph()), grads, count)}
}

// passAndSum adds the batch's gradient and its count to the sums, for steps of
// several batches. It returns the summed loss and its count.
func (s *stepper) passAndSum(root *model.Scope, in batching.Nodes) []*graph.Node {
	loss, count, grads := Gradients(root, in, s.objective)
	for i, v := range Trainable(root, loss.Graph()) {
		sum := s.sum(root, v)
		sum.SetNodeValue(graph.Add(sum.NodeValue(loss.Graph()), grads[i]))
	}
	total := s.count(root)
	total.SetNodeValue(graph.Add(total.NodeValue(loss.Graph()), count))
	return []*graph.Node{loss, count}
}

// updateFromSums applies the summed gradient, sets the sums back to 0 and returns
// the gradient's norm before clipping.
func (s *stepper) updateFromSums(root *model.Scope, g *graph.Graph) *graph.Node {
	root.Store().SetTraining(g, true) // otherwise GoMLX may make constants of the sums
	var grads []*graph.Node
	variables := Trainable(root, nil)
	for _, v := range variables {
		sum := s.sum(root, v)
		value := sum.NodeValue(g)
		grads = append(grads, value)
		sum.SetNodeValue(graph.ZerosLike(value))
	}
	total := s.count(root)
	count := total.NodeValue(g)
	total.SetNodeValue(graph.ZerosLike(count))
	return s.update(root, variables, grads, count)
}

// update clips the global norm of the mean gradient like torch's clip_grad_norm_, and adds a step
// of AdamW.
func (s *stepper) update(root *model.Scope, variables []*model.Variable, grads []*graph.Node, count *graph.Node) (norm *graph.Node) {
	g := count.Graph()
	var squares *graph.Node
	for i := range grads {
		grads[i] = graph.Div(grads[i], count)
		square := graph.ReduceAllSum(graph.Square(grads[i]))
		if squares == nil {
			squares = square
		} else {
			squares = graph.Add(squares, square)
		}
	}
	norm = graph.Sqrt(squares)
	if limit := s.optimizer.MaxGradNorm; limit > 0 {
		scale := graph.Div(graph.Scalar(g, dtypes.Float32, limit), graph.AddScalar(norm, 1e-6))
		scale = graph.Min(scale, graph.ScalarOne(g, dtypes.Float32))
		for i := range grads {
			grads[i] = graph.Mul(grads[i], scale)
		}
	}
	s.optimizer.adamW(root, variables, grads)
	return norm
}

// sum returns the variable with the summed gradient of v.
func (s *stepper) sum(root *model.Scope, v *model.Variable) *model.Variable {
	return root.Store().VariableWithShape("/"+sumScope+v.Path(), v.Shape(), graph.Zeros).SetTrainable(false)
}

// count returns the variable with the divisor of the sums.
func (s *stepper) count(root *model.Scope) *model.Variable {
	return root.Store().VariableWithValue("/"+sumScope+"/count", float32(0)).SetTrainable(false)
}
