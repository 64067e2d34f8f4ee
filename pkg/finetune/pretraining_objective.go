package finetune

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/bert"
)

// unmasking is the cross-entropy of the hidden pieces, and, as far as they are weighed,
// of the paired rows, of the bags of pieces and of the teacher's states. Its inputs are
// ids [rows, length], lengths [rows], positions and labels [rows, places], where bags are
// weighed those [rows, vocab], and where there is a teacher what it thinks of words
// [rows, length, its hidden] and rows [rows, its hidden]; a place whose label is -1 counts
// for nothing. The model's pooler, if it has one, is taught too.
func unmasking(encoder *bert.Encoder, p Pretraining, pooler bool) objective {
	return func(root *model.Scope, inputs []*graph.Node) (sum, count *graph.Node) {
		states := encoder.LastHiddenState(root, bert.PaddedInputs(inputs[0], inputs[1])) // [rows, length, hidden]
		logits, labels, real := unmask(encoder, root, states, inputs)
		count = graph.ReduceAllSum(real)
		sum = graph.ReduceAllSum(graph.Mul(crossEntropy(logits, labels), real))
		weigh := func(loss *graph.Node, weight float64) {
			sum = graph.Add(sum, graph.Mul(graph.MulScalar(loss, weight), count))
		}
		var pooled *graph.Node
		if p.paired() || p.Teacher != nil && pooler {
			pooled = encoder.Pool(root, states)
		}
		more := inputs[4:]
		if p.Contrast > 0 {
			weigh(pairing(pooled), p.Contrast)
		}
		if p.Bag > 0 {
			weigh(bagging(encoder, root, pooled, more[0]), p.Bag)
			more = more[1:]
		}
		if p.Teacher != nil {
			weigh(teaching(root, states, pooled, inputs[1], more[0], more[1]), p.Teacher.Weight)
		}
		return sum, count
	}
}

// temperature divides the cosines before the softmax, as SimCSE's does (Gao et al.
// 2021, arXiv:2104.08821).
const temperature = 0.05

// pairing is the mean cross-entropy of finding, for each row of pooled [rows, hidden],
// the other of its pair among all other pairs' by the cosine: a scalar. Rows 2i and
// 2i+1 are a pair.
func pairing(pooled *graph.Node) *graph.Node {
	g := pooled.Graph()
	unit := graph.Div(pooled, graph.AddScalar(graph.Sqrt(graph.ReduceAndKeep(graph.Square(pooled), graph.ReduceSum, -1)), 1e-6))
	pairs := pooled.Shape().Dim(0) / 2
	unit = graph.Reshape(unit, pairs, 2, pooled.Shape().Dim(1))
	side := func(i int) *graph.Node {
		return graph.Squeeze(graph.Slice(unit, graph.AxisRange(), graph.AxisElem(i)), 1)
	}
	scores := graph.DivScalar(graph.Einsum("ah,bh->ab", side(0), side(1)), temperature) // [pairs, pairs]
	own := graph.Iota(g, shapes.Make(dtypes.Int32, pairs), 0)
	both := graph.Add(crossEntropy(scores, own), crossEntropy(graph.Transpose(scores, 0, 1), own)) // [pairs]
	return graph.MulScalar(graph.ReduceAllMean(both), 0.5)
}

// bagging is the mean cross-entropy of saying, from each row's pooled output [rows,
// hidden], how its bag [rows, vocab] is filled: a scalar. It makes the pooled output,
// on which a classifier stands, hold what a text is about and what it thinks of that,
// as paragraph vectors do (Le and Mikolov 2014, arXiv:1405.4053). The head is that of
// the hidden pieces, after a projection of bagScope.
func bagging(encoder *bert.Encoder, root *model.Scope, pooled, bags *graph.Node) *graph.Node {
	pooled = bert.Linear(root.At(bagScope), pooled, encoder.Config.HiddenSize)
	scores := graph.Squeeze(encoder.MaskedHead(root, graph.InsertAxes(pooled, 1)), 1) // [rows, vocab]
	return graph.Neg(graph.ReduceAllMean(graph.ReduceSum(graph.Mul(graph.LogSoftmax(scores, -1), bags), -1)))
}

// unmask scores the pieces for the hidden places: logits [rows, places, vocab],
// labels [rows, places] with 0 for -1, and real [rows, places], 1 where a place counts.
func unmask(encoder *bert.Encoder, root *model.Scope, states *graph.Node, inputs []*graph.Node) (logits, labels, real *graph.Node) {
	positions, labels := inputs[2], inputs[3]
	logits = encoder.MaskedLogitsAt(root, states, positions)
	counts := graph.GreaterOrEqual(labels, graph.ZerosLike(labels))
	return logits, graph.Where(counts, labels, graph.ZerosLike(labels)), graph.ConvertDType(counts, dtypes.Float32)
}

// unmaskingMeasure gives a batch's summed loss, the count of its places and of those
// that the highest score gets right.
func unmaskingMeasure(encoder *bert.Encoder) func(root *model.Scope, inputs []*graph.Node) []*graph.Node {
	return func(root *model.Scope, inputs []*graph.Node) []*graph.Node {
		root.Store().SetTraining(inputs[0].Graph(), false)
		states := encoder.LastHiddenState(root, bert.PaddedInputs(inputs[0], inputs[1]))
		logits, labels, real := unmask(encoder, root, states, inputs)
		right := graph.ConvertDType(graph.Equal(graph.ArgMax(logits, -1, dtypes.Int32), labels), dtypes.Float32)
		return []*graph.Node{
			graph.ReduceAllSum(graph.Mul(crossEntropy(logits, labels), real)),
			graph.ReduceAllSum(real),
			graph.ReduceAllSum(graph.Mul(right, real)),
		}
	}
}
