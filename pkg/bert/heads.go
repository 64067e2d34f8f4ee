package bert

import (
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dropout"
)

// Logits is the classification head on the pooled output: dropout, then a
// projection to the labels, [batch, labels]. Scores before softmax.
func (e *Encoder) Logits(root *model.Scope, in Inputs) *graph.Node {
	scope := root.At("classifier")
	labels := variable(scope, "bias").Shape().Dim(0)
	pooled := dropout.Apply(scope, e.Pooled(root, in), e.Config.classifierDropout())
	return e.dense(scope, pooled, labels)
}

// MaskedLogits is the masked-language-model head: the scores of every word piece
// at every position, [batch, seq, vocab]. Its decoder shares the word embeddings.
func (e *Encoder) MaskedLogits(root *model.Scope, in Inputs) *graph.Node {
	c, g := e.Config, in.IDs.Graph()
	scope := root.At("cls").At("predictions")
	x := e.dense(scope.At("transform").At("dense"), e.LastHiddenState(root, in), c.HiddenSize)
	x = activations[c.HiddenAct](x)
	x = layerNorm(scope.At("transform").At("LayerNorm"), x, c.LayerNormEps) // [batch, seq, hidden]

	words := variable(root.At("bert").At("embeddings").At("word_embeddings"), "weight").NodeValue(g)
	scores := graph.Einsum("bsh,vh->bsv", x, words) // [batch, seq, vocab]
	return graph.Add(scores, graph.ExpandLeftToRank(variable(scope, "bias").NodeValue(g), 3))
}
