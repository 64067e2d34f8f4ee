package bert

import (
	"maps"
	"slices"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/layers/activation"
)

// activations maps config.json's hidden_act to the function. "gelu" is the exact GELU with the
// error function; "gelu_new" and "gelu_pytorch_tanh" are its tanh approximation.
var activations = map[string]func(x *graph.Node) *graph.Node{
	"gelu":              activation.Gelu,
	"gelu_new":          activation.GeluApproximate,
	"gelu_pytorch_tanh": activation.GeluApproximate,
	"relu":              activation.Relu,
	"silu":              activation.Swish,
	"swish":             activation.Swish,
}

func activationNames() []string { return slices.Sorted(maps.Keys(activations)) }
