package finetune

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/bert"
)

// Scopes of the projections from the model's states to its teacher's: of words from the
// last hidden states, of rows from the pooled output. They learn with the model and are
// no part of it.
const (
	taughtWords = pretrainingScope + "taught_words"
	taughtRows  = pretrainingScope + "taught_rows"
)

// teaching is the mean squared error of saying, from the last states [rows, length,
// hidden] and the pooled output [rows, hidden] (nil: not asked), what the teacher thinks
// of words [rows, length, teacher's hidden] and rows [rows, teacher's hidden]; the mean
// of the two, over all pieces that lengths [rows] tell, those hidden included: a scalar.
func teaching(root *model.Scope, states, pooled, lengths, words, rows *graph.Node) *graph.Node {
	g, dims := states.Graph(), states.Shape().Dimensions
	at := graph.Iota(g, shapes.Make(dtypes.Int32, dims[0], dims[1]), 1)
	inner := graph.And( // neither [CLS] nor [SEP] nor padding
		graph.GreaterThan(at, graph.ZerosLike(at)),
		graph.LessThan(at, graph.BroadcastToShape(graph.InsertAxes(graph.AddScalar(lengths, -1), 1), at.Shape())))
	missed := missing(root.At(taughtWords), states, words, graph.ConvertDType(inner, dtypes.Float32))
	if pooled == nil {
		return missed
	}
	full := graph.ConvertDType(graph.GreaterThan(lengths, graph.OnesLike(lengths)), dtypes.Float32)
	return graph.MulScalar(graph.Add(missed, missing(root.At(taughtRows), pooled, rows, full)), 0.5)
}

// missing is the mean squared error of a projection of x [..., hidden] to the targets
// [..., teacher's hidden], where real [...] is 1.
func missing(scope *model.Scope, x, targets, real *graph.Node) *graph.Node {
	said := bert.Linear(scope, x, targets.Shape().Dim(-1))
	errors := graph.ReduceMean(graph.Square(graph.Sub(said, targets)), -1)
	return graph.Div(graph.ReduceAllSum(graph.Mul(errors, real)), graph.MaxScalar(graph.ReduceAllSum(real), 1))
}

// addTaughtProjections gives the model's store those projections, fresh.
func addTaughtProjections(m *bert.Model, out int, seed int64) {
	hidden := m.Config.HiddenSize
	for _, scope := range []string{taughtWords, taughtRows} {
		if scope == taughtRows && !m.HasPooler() {
			continue
		}
		addProjection(m, scope, out, hidden, random.Named(seed, scope))
	}
}

// addProjection gives the store a scope's weight [out, in], drawn as a fresh model's,
// and bias.
func addProjection(m *bert.Model, scope string, out, in int, rng interface{ NormFloat64() float64 }) {
	weight := make([]float32, out*in)
	for i := range weight {
		weight[i] = float32(rng.NormFloat64() * m.Config.InitializerRange)
	}
	m.Store.VariableWithValue("/"+scope+"/weight", tensors.FromFlatDataAndDimensions(weight, out, in))
	m.Store.VariableWithValue("/"+scope+"/bias", make([]float32, out))
}
