package trainer

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// adamScope contains the moments of AdamW and the number of its steps.
const adamScope = "AdamOptimizer"

// adamW adds one step of AdamW on the variables to the graph, from their mean gradients:
//
//	m ← β₁m + (1-β₁)g,  v ← β₂v + (1-β₂)g²
//	w ← w - rate·(m/(1-β₁ᵗ) / (√(v/(1-β₂ᵗ)) + ε) + decay·w)
//
// like torch.optim.AdamW with one parameter group for each group of the Optimizer.
// GoMLX's AdamW has one rate and one decay for all variables.
func (o Optimizer) adamW(root *model.Scope, variables []*model.Variable, grads []*graph.Node) {
	const float = dtypes.Float32
	g := grads[0].Graph()
	rate := optimizer.LearningRateVar(root, float, o.LearningRate).NodeValue(g)
	_ = optimizer.IncrementGlobalStep(g, float) // checkpoints contain it
	step := optimizer.IncrementCounter(root.At("%s", adamScope), g, "step", float)
	// mean updates the running mean of value in the variable's moment of that name, and
	// corrects it for its initial value, zero.
	mean := func(v *model.Variable, name string, beta float64, value *graph.Node) *graph.Node {
		b := graph.Scalar(g, float, max(0, beta))
		moment := root.Store().VariableWithShape("/"+adamScope+v.Path()+name, v.Shape(), graph.Zeros).SetTrainable(false)
		now := graph.Add(graph.Mul(b, moment.NodeValue(g)), graph.Mul(graph.OneMinus(b), value))
		moment.SetNodeValue(now)
		return graph.Mul(now, graph.Reciprocal(graph.OneMinus(graph.Pow(b, step))))
	}
	for i, v := range variables {
		m := mean(v, first, o.Beta1, grads[i])
		square := mean(v, second, o.Beta2, graph.Square(grads[i]))
		group := o.group(v)
		own := rate
		if group.rate != 1 {
			own = graph.MulScalar(rate, group.rate)
		}
		value := v.NodeValue(g)
		change := graph.Div(graph.Mul(own, m), graph.AddScalar(graph.Sqrt(square), o.Epsilon))
		if group.decay > 0 {
			change = graph.Add(change, graph.Mul(own, graph.MulScalar(value, group.decay)))
		}
		v.SetNodeValue(graph.Sub(value, change))
	}
}
