package bert

import (
	"maps"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
)

// activations maps config.json's hidden_act to the function, as transformers' ACT2FN does. "gelu" is the
// exact GELU with the error function (Hendrycks and Gimpel 2016, arXiv:1606.08415).
var activations = map[string]func(x *graph.Node) *graph.Node{
	"gelu":              activation.Gelu,
	"gelu_accurate":     activation.GeluApproximate,
	"gelu_fast":         activation.GeluApproximate,
	"gelu_new":          activation.GeluApproximate,
	"gelu_python":       activation.Gelu,
	"gelu_python_tanh":  activation.GeluApproximate,
	"gelu_pytorch_tanh": activation.GeluApproximate,
	"mish":              mish,
	"quick_gelu":        quickGELU,
	"relu":              activation.Relu,
	"relu2":             func(x *graph.Node) *graph.Node { return graph.Square(activation.Relu(x)) },
	"relu6":             func(x *graph.Node) *graph.Node { return graph.MinScalar(activation.Relu(x), 6) },
	"sigmoid":           graph.Sigmoid,
	"silu":              activation.Swish,
	"swish":             activation.Swish,
	"tanh":              graph.Tanh,
}

func activationNames() []string { return slices.Sorted(maps.Keys(activations)) }

// mish is x tanh(log(1 + exp(x))) (Misra 2019, arXiv:1908.08681). The logarithm is that of a number up to
// 2, so that nothing overflows.
func mish(x *graph.Node) *graph.Node {
	softplus := graph.Add(activation.Relu(x), graph.Log1P(graph.Exp(graph.Neg(graph.Abs(x)))))
	return graph.Mul(x, graph.Tanh(softplus))
}

// quickGELU approximates GELU by x sigmoid(1.702 x).
func quickGELU(x *graph.Node) *graph.Node {
	return graph.Mul(x, graph.Sigmoid(graph.MulScalar(x, 1.702)))
}
