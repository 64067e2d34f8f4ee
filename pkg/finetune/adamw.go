package finetune

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// adamScope holds the moments of AdamW and the count of its steps.
const adamScope = "AdamOptimizer"

// adamW takes one step of AdamW on the variables that learn, with their mean gradients:
//
//	m ← β₁m + (1-β₁)g,  v ← β₂v + (1-β₂)g²
//	w ← w - rate·(m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε) + decay·w)
//
// as torch.optim.AdamW does, whose parameter groups the groups of Training are. GoMLX's
// own has one rate and one decay for all.
func (t Training) adamW(root *model.Scope, variables []*model.Variable, grads []*graph.Node) {
	const float = dtypes.Float32
	g := grads[0].Graph()
	rate := optimizer.LearningRateVar(root, float, t.LearningRate).NodeValue(g)
	_ = optimizer.IncrementGlobalStep(g, float) // checkpoints have it
	step := optimizer.IncrementCounter(root.At("%s", adamScope), g, "step", float)
	// mean keeps the running mean of value in the variable's moment of that name.
	mean := func(v *model.Variable, name string, beta float64, value *graph.Node) *graph.Node {
		b := graph.Scalar(g, float, beta)
		moment := root.Store().VariableWithShape("/"+adamScope+v.Path()+name, v.Shape(), graph.Zeros).SetTrainable(false)
		now := graph.Add(graph.Mul(b, moment.NodeValue(g)), graph.Mul(graph.OneMinus(b), value))
		moment.SetNodeValue(now)
		return graph.Mul(now, graph.Reciprocal(graph.OneMinus(graph.Pow(b, step)))) // as it would be without the zeros at the start
	}
	for i, v := range variables {
		m := mean(v, "_1st_moment", t.Beta1, grads[i])
		square := mean(v, "_2nd_moment", t.Beta2, graph.Square(grads[i]))
		group := t.group(v)
		own := rate
		if group.rate != 1 {
			own = graph.MulScalar(rate, group.rate)
		}
		value := v.NodeValue(g)
		change := graph.Div(graph.Mul(own, m), graph.AddScalar(graph.Sqrt(square), t.Epsilon))
		if group.decay > 0 {
			change = graph.Add(change, graph.Mul(own, graph.MulScalar(value, group.decay)))
		}
		v.SetNodeValue(graph.Sub(value, change))
	}
}
