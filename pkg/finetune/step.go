package finetune

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// sumScope holds the gradients that several batches add up to.
const sumScope = "gradient_sum"

// objective is what a training makes small: it gives a batch's summed loss, in nats,
// and the count that the sum is divided by to be a mean.
type objective func(root *model.Scope, inputs []*graph.Node) (sum, count *graph.Node)

// stepper builds the graphs of training: one pass through the network gives the
// gradient of the batch's summed loss, one update applies it.
type stepper struct {
	training  Training
	objective objective
}

// passAndUpdate is a whole step in one graph, for steps of one batch. It returns
// the summed loss, its count, and the gradient's norm before the cut.
func (s *stepper) passAndUpdate(root *model.Scope, inputs []*graph.Node) []*graph.Node {
	loss, grads, count := s.pass(root, inputs)
	return []*graph.Node{loss, count, s.update(root, trainable(root, loss.Graph()), grads, count)}
}

// passAndSum adds the batch's gradient and its count to the sums, for steps of
// several batches. It returns the summed loss and its count.
func (s *stepper) passAndSum(root *model.Scope, inputs []*graph.Node) []*graph.Node {
	loss, grads, count := s.pass(root, inputs)
	for i, v := range trainable(root, loss.Graph()) {
		sum := s.sum(root, v)
		sum.SetNodeValue(graph.Add(sum.NodeValue(loss.Graph()), grads[i]))
	}
	total := s.count(root)
	total.SetNodeValue(graph.Add(total.NodeValue(loss.Graph()), count))
	return []*graph.Node{loss, count}
}

// updateFromSums applies the summed gradient, sets the sums back to 0 and returns
// the gradient's norm before the cut.
func (s *stepper) updateFromSums(root *model.Scope, g *graph.Graph) *graph.Node {
	var grads []*graph.Node
	variables := trainable(root, nil)
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

// pass runs the batch through the network.
func (s *stepper) pass(root *model.Scope, inputs []*graph.Node) (loss *graph.Node, grads []*graph.Node, count *graph.Node) {
	g := inputs[0].Graph()
	root.Store().SetTraining(g, true)
	loss, count = s.objective(root, inputs)
	variables := trainable(root, g)
	if len(variables) == 0 {
		exceptions.Panicf("finetune: nothing in the network is trainable")
	}
	nodes := make([]*graph.Node, len(variables))
	for i, v := range variables {
		nodes[i] = v.NodeValue(g)
	}
	return loss, graph.Gradient(loss, nodes...), count
}

// classifying is the cross-entropy of the classes. Its inputs are ids [rows, length],
// lengths and labels [rows], and what more logits takes; a row of length 0 is filler and
// counts for nothing.
func classifying(logits logits) objective {
	return func(root *model.Scope, inputs []*graph.Node) (sum, count *graph.Node) {
		lengths, labels := inputs[1], inputs[2]
		scores := logits(root, slices.Delete(slices.Clone(inputs), 2, 3))
		real := graph.ConvertDType(graph.GreaterThan(lengths, graph.ZerosLike(lengths)), dtypes.Float32) // [rows]
		return graph.ReduceAllSum(graph.Mul(crossEntropy(scores, labels), real)), graph.ReduceAllSum(real)
	}
}

// crossEntropy is -log softmax(logits)[label] over the last axis: logits [..., labels]
// and labels int32 [...] give [...].
func crossEntropy(logits, labels *graph.Node) *graph.Node {
	logp := graph.LogSoftmax(graph.ConvertDType(logits, dtypes.Float32), -1)
	chosen := graph.OneHot(labels, logits.Shape().Dim(-1), dtypes.Float32)
	return graph.Neg(graph.ReduceSum(graph.Mul(logp, chosen), -1))
}

// update takes the mean gradient, cuts its global norm as torch's
// clip_grad_norm_ does, and lets AdamW step.
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
	if limit := s.training.MaxGradNorm; limit > 0 {
		scale := graph.Div(graph.Scalar(g, dtypes.Float32, limit), graph.AddScalar(norm, 1e-6))
		scale = graph.Min(scale, graph.ScalarOne(g, dtypes.Float32))
		for i := range grads {
			grads[i] = graph.Mul(grads[i], scale)
		}
	}
	s.training.adamW(root, variables, grads)
	return norm
}

// trainable lists the variables that learn, in the store's order, which is the
// order that the optimizer sees; g limits them to those that the graph uses.
func trainable(root *model.Scope, g *graph.Graph) []*model.Variable {
	var list []*model.Variable
	for v := range root.IterVariables() {
		if v.Trainable && (g == nil || v.InUseByGraph(g)) {
			list = append(list, v)
		}
	}
	return list
}

// sum is the variable that collects the gradient of v.
func (s *stepper) sum(root *model.Scope, v *model.Variable) *model.Variable {
	return root.Store().VariableWithShape("/"+sumScope+v.Path(), v.Shape(), graph.Zeros).SetTrainable(false)
}

// count is what the sums are divided by.
func (s *stepper) count(root *model.Scope) *model.Variable {
	return root.Store().VariableWithValue("/"+sumScope+"/count", float32(0)).SetTrainable(false)
}
