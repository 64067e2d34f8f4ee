package finetune

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/optimizer"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/pkg/bert"
)

// Scopes of what training adds to the model's store.
const (
	adamScope = "AdamOptimizer"
	sumScope  = "gradient_sum"
)

// stepper builds the graphs of training: one pass through the network gives the
// gradient of the batch's summed cross-entropy, one update applies it.
type stepper struct {
	training Training
	encoder  *bert.Encoder
}

// passAndUpdate is a whole step in one graph, for steps of one batch. It returns
// the summed loss and the gradient's norm before the cut.
func (s *stepper) passAndUpdate(root *model.Scope, ids, lengths, labels *graph.Node) (loss, norm *graph.Node) {
	loss, grads, rows := s.pass(root, ids, lengths, labels)
	return loss, s.update(root, grads, rows)
}

// passAndSum adds the batch's gradient and its number of rows to the sums, for
// steps of several batches. It returns the summed loss.
func (s *stepper) passAndSum(root *model.Scope, ids, lengths, labels *graph.Node) *graph.Node {
	loss, grads, rows := s.pass(root, ids, lengths, labels)
	for i, v := range trainable(root, loss.Graph()) {
		sum := s.sum(root, v)
		sum.SetNodeValue(graph.Add(sum.NodeValue(loss.Graph()), grads[i]))
	}
	count := s.rows(root)
	count.SetNodeValue(graph.Add(count.NodeValue(loss.Graph()), rows))
	return loss
}

// updateFromSums applies the summed gradient, sets the sums back to 0 and returns
// the gradient's norm before the cut.
func (s *stepper) updateFromSums(root *model.Scope, g *graph.Graph) *graph.Node {
	var grads []*graph.Node
	for _, v := range trainable(root, nil) {
		_ = v.NodeValue(g) // the optimizer counts the variables that the graph uses
		sum := s.sum(root, v)
		value := sum.NodeValue(g)
		grads = append(grads, value)
		sum.SetNodeValue(graph.ZerosLike(value))
	}
	count := s.rows(root)
	rows := count.NodeValue(g)
	count.SetNodeValue(graph.ZerosLike(rows))
	return s.update(root, grads, rows)
}

// pass runs the batch through the network: ids [rows, length], lengths and labels
// [rows]. A row of length 0 is filler and counts for nothing.
func (s *stepper) pass(root *model.Scope, ids, lengths, labels *graph.Node) (loss *graph.Node, grads []*graph.Node, rows *graph.Node) {
	g := ids.Graph()
	root.Store().SetTraining(g, true)
	logits := s.encoder.Logits(root, bert.PaddedInputs(ids, lengths))
	real := graph.ConvertDType(graph.GreaterThan(lengths, graph.ZerosLike(lengths)), dtypes.Float32) // [rows]
	loss = graph.ReduceAllSum(graph.Mul(crossEntropy(logits, labels), real))
	variables := trainable(root, g)
	if len(variables) == 0 {
		exceptions.Panicf("finetune: nothing in the network is trainable")
	}
	nodes := make([]*graph.Node, len(variables))
	for i, v := range variables {
		nodes[i] = v.NodeValue(g)
	}
	return loss, graph.Gradient(loss, nodes...), graph.ReduceAllSum(real)
}

// crossEntropy is -log softmax(logits)[label] of every row: logits [rows, labels]
// and labels int32 [rows] give [rows].
func crossEntropy(logits, labels *graph.Node) *graph.Node {
	logp := graph.LogSoftmax(graph.ConvertDType(logits, dtypes.Float32), -1)
	chosen := graph.OneHot(labels, logits.Shape().Dim(-1), dtypes.Float32)
	return graph.Neg(graph.ReduceSum(graph.Mul(logp, chosen), -1))
}

// update takes the mean gradient, cuts its global norm as torch's
// clip_grad_norm_ does, and lets AdamW step.
func (s *stepper) update(root *model.Scope, grads []*graph.Node, rows *graph.Node) (norm *graph.Node) {
	g := rows.Graph()
	var squares *graph.Node
	for i := range grads {
		grads[i] = graph.Div(grads[i], rows)
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
	t := s.training
	adam := optimizer.Adam().Scope(adamScope).Betas(t.Beta1, t.Beta2).Epsilon(t.Epsilon).
		WeightDecay(t.WeightDecay).DType(dtypes.Float32).LearningRate(t.LearningRate).Done()
	adam.(train.OptimizeWithGradients).UpdateGraphWithGradients(root, grads, dtypes.Float32)
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

// rows counts the examples behind the sums.
func (s *stepper) rows(root *model.Scope) *model.Variable {
	return root.Store().VariableWithValue("/"+sumScope+"/rows", float32(0)).SetTrainable(false)
}
