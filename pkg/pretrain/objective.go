package pretrain

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
)

// pretrainingObjective is masked language modelling: the cross-entropy of the masked tokens. The
// contrastive loss of the paired rows, the bag-of-words loss and the distillation loss are added
// with the weights in p. Labels are [rows, places]; positions with the label -1 are ignored. The
// distillation loss also trains the model's pooler if pooler is true.
func pretrainingObjective(encoder *bert.Encoder, p Pretraining, pooler bool) trainer.Objective {
	signature := batching.Signature{Labels: true, Extra: []string{positionsTensor}}
	if p.Bag > 0 {
		signature.Extra = append(signature.Extra, bagsTensor)
	}
	if p.Teacher != nil {
		signature.Extra = append(signature.Extra, teacherWordsTensor, teacherRowsTensor)
	}
	return trainer.Objective{Signature: signature, Loss: func(root *model.Scope, in batching.Nodes) (sum, count *graph.Node) {
		states := encoder.LastHiddenState(root, bert.PaddedInputs(in.IDs, in.Lengths)) // [rows, length, hidden]
		logits, labels, real := maskedLogits(encoder, root, states, in)
		count = graph.ReduceAllSum(real)
		sum = graph.ReduceAllSum(graph.Mul(trainer.CrossEntropy(logits, labels), real))
		add := func(loss *graph.Node, weight float64) {
			sum = graph.Add(sum, graph.Mul(graph.MulScalar(loss, weight), count))
		}
		var pooled *graph.Node
		if p.paired() || p.Teacher != nil && pooler {
			pooled = encoder.Pool(root, states)
		}
		if p.Contrast > 0 {
			add(contrastiveLoss(pooled), p.Contrast)
		}
		if p.Bag > 0 {
			add(bagOfWordsLoss(encoder, root, pooled, in.Extra[bagsTensor]), p.Bag)
		}
		if p.Teacher != nil {
			add(distillationLoss(root, states, pooled, in.Lengths, in.Extra[teacherWordsTensor], in.Extra[teacherRowsTensor]), p.Teacher.Weight)
		}
		return sum, count
	}}
}

// temperature divides the cosines before the softmax, as SimCSE's does (Gao et al.
// 2021, arXiv:2104.08821).
const temperature = 0.05

// contrastiveLoss returns a scalar, the mean cross-entropy of a classification of pooled [rows,
// hidden]: each row identifies the other row of its pair among the rows of all pairs by cosine
// similarity. Rows 2i and 2i+1 are a pair.
func contrastiveLoss(pooled *graph.Node) *graph.Node {
	g := pooled.Graph()
	unit := graph.Div(pooled, graph.AddScalar(graph.Sqrt(graph.ReduceAndKeep(graph.Square(pooled), graph.ReduceSum, -1)), 1e-6))
	pairs := pooled.Shape().Dim(0) / 2
	unit = graph.Reshape(unit, pairs, 2, pooled.Shape().Dim(1))
	side := func(i int) *graph.Node {
		return graph.Squeeze(graph.Slice(unit, graph.AxisRange(), graph.AxisElem(i)), 1)
	}
	scores := graph.DivScalar(graph.Einsum("ah,bh->ab", side(0), side(1)), temperature) // [pairs, pairs]
	own := graph.Iota(g, shapes.Make(dtypes.Int32, pairs), 0)
	both := graph.Add(trainer.CrossEntropy(scores, own), trainer.CrossEntropy(graph.Transpose(scores, 0, 1), own)) // [pairs]
	return graph.MulScalar(graph.ReduceAllMean(both), 0.5)
}

// bagOfWordsLoss returns a scalar, the mean cross-entropy of predicting the token frequencies of
// each row's bag [rows, vocab] from its pooled output [rows, hidden]. A classifier reads the
// pooled output; this loss makes it represent the topic and the opinion of a text, as paragraph
// vectors do (Le and Mikolov 2014, arXiv:1405.4053). The head is the masked-language-model head,
// after a projection of bagScope.
func bagOfWordsLoss(encoder *bert.Encoder, root *model.Scope, pooled, bags *graph.Node) *graph.Node {
	pooled = bert.Linear(root.At(bagScope), pooled, encoder.Config.HiddenSize)
	scores := graph.Squeeze(encoder.MaskedHead(root, graph.InsertAxes(pooled, 1)), 1) // [rows, vocab]
	return graph.Neg(graph.ReduceAllMean(graph.ReduceSum(graph.Mul(graph.LogSoftmax(scores, -1), bags), -1)))
}

// maskedLogits returns the logits at the masked positions [rows, places, vocab], the labels
// [rows, places] with 0 for -1, and real [rows, places]: 1 for each label that is not -1.
func maskedLogits(encoder *bert.Encoder, root *model.Scope, states *graph.Node, in batching.Nodes) (logits, labels, real *graph.Node) {
	labels = in.Labels
	logits = encoder.MaskedLogitsAt(root, states, in.Extra[positionsTensor])
	counts := graph.GreaterOrEqual(labels, graph.ZerosLike(labels))
	return logits, graph.Where(counts, labels, graph.ZerosLike(labels)), graph.ConvertDType(counts, dtypes.Float32)
}

// maskedEvaluation returns a batch's summed masked-language-model loss, the number of its
// masked positions and the number of correct predictions.
func maskedEvaluation(encoder *bert.Encoder) func(root *model.Scope, in batching.Nodes) []*graph.Node {
	return func(root *model.Scope, in batching.Nodes) []*graph.Node {
		root.Store().SetTraining(in.IDs.Graph(), false)
		states := encoder.LastHiddenState(root, bert.PaddedInputs(in.IDs, in.Lengths))
		logits, labels, real := maskedLogits(encoder, root, states, in)
		right := graph.ConvertDType(graph.Equal(graph.ArgMax(logits, -1, dtypes.Int32), labels), dtypes.Float32)
		return []*graph.Node{
			graph.ReduceAllSum(graph.Mul(trainer.CrossEntropy(logits, labels), real)),
			graph.ReduceAllSum(real),
			graph.ReduceAllSum(graph.Mul(right, real)),
		}
	}
}
