package pretrain

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/bert"
)

// Scopes of the projections from the model's states to the teacher's: of words from the last
// hidden states, of rows from the pooled output. They are trained with the model and are not
// saved with it.
const (
	distilledWords = pretrainingScope + "taught_words"
	distilledRows  = pretrainingScope + "taught_rows"
)

// distillationLoss returns the mean squared error between projections of the model's states and
// the teacher's states. The last states [rows, length, hidden] are compared with the teacher's
// word states [rows, length, teacher's hidden]. The pooled output [rows, hidden], unless nil,
// is compared with the teacher's row states [rows, teacher's hidden]. The result is a scalar,
// the mean of the two. All tokens within lengths [rows] count, masked ones included; special
// tokens do not.
func distillationLoss(root *model.Scope, states, pooled, lengths, words, rows *graph.Node) *graph.Node {
	g, dims := states.Graph(), states.Shape().Dimensions
	at := graph.Iota(g, shapes.Make(dtypes.Int32, dims[0], dims[1]), 1)
	inner := graph.And( // neither [CLS] nor [SEP] nor padding
		graph.GreaterThan(at, graph.ZerosLike(at)),
		graph.LessThan(at, graph.BroadcastToShape(graph.InsertAxes(graph.AddScalar(lengths, -1), 1), at.Shape())))
	loss := squaredError(root.At(distilledWords), states, words, graph.ConvertDType(inner, dtypes.Float32))
	if pooled == nil {
		return loss
	}
	full := graph.ConvertDType(graph.GreaterThan(lengths, graph.OnesLike(lengths)), dtypes.Float32)
	return graph.MulScalar(graph.Add(loss, squaredError(root.At(distilledRows), pooled, rows, full)), 0.5)
}

// squaredError returns the mean squared error between a projection of x [..., hidden] and the
// targets [..., teacher's hidden], over the positions where real [...] is 1.
func squaredError(scope *model.Scope, x, targets, real *graph.Node) *graph.Node {
	projected := bert.Linear(scope, x, targets.Shape().Dim(-1))
	errors := graph.ReduceMean(graph.Square(graph.Sub(projected, targets)), -1)
	return graph.Div(graph.ReduceAllSum(graph.Mul(errors, real)), graph.MaxScalar(graph.ReduceAllSum(real), 1))
}

// addDistillationProjections adds the projections of distillationLoss to the model's store, newly
// initialized.
func addDistillationProjections(m *bert.Model, out int, seed int64) {
	hidden := m.Config.HiddenSize
	for _, scope := range []string{distilledWords, distilledRows} {
		if scope == distilledRows && !m.HasPooler() {
			continue
		}
		addProjection(m, scope, out, hidden, random.Named(seed, scope))
	}
}

// addProjection adds the weight [out, in] and the bias of a scope to the store. The weight is
// initialized like a new model's.
func addProjection(m *bert.Model, scope string, out, in int, rng interface{ NormFloat64() float64 }) {
	weight := make([]float32, out*in)
	for i := range weight {
		weight[i] = float32(rng.NormFloat64() * m.Config.InitializerRange)
	}
	m.Store.VariableWithValue("/"+scope+"/weight", tensors.FromFlatDataAndDimensions(weight, out, in))
	m.Store.VariableWithValue("/"+scope+"/bias", make([]float32, out))
}
