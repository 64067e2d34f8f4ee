package lora

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/nn"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/random"
	"github.com/lorabook/lorabook/pkg/parameter"
)

// Values of a [Config]'s PeftType.
const (
	LoRA  = "LORA"
	SHiRA = "SHIRA"
)

// DefaultSHiRA is PEFT's default of r for SHiRA.
const DefaultSHiRA = 32

// sparse reports whether the adapter is SHiRA.
func (c Config) sparse() bool { return c.PeftType == SHiRA }

// sparse is a projection with SHiRA (https://arxiv.org/abs/2406.13175):
// y = x·(W + S)ᵀ + b, where S [out, in] is zero outside of a random mask. The entries of S are
// kept as values and their places in W.
type sparse struct {
	Target
	entries int
}

// entries are values [n] and their places in W, row by row and rising.
type entries struct {
	values []float32
	places []int32
}

// pathValues is the absolute path of the values [entries], which learn.
func (s sparse) pathValues() string { return s.Scope + "/shira_weight" }

// pathIndices is the absolute path of their rows and columns, int32 [2, entries].
func (s sparse) pathIndices() string { return s.Scope + "/shira_indices" }

// newSparse counts the entries that learn.
func newSparse(c Config, t Target) (sparse, error) {
	s := sparse{Target: t, entries: c.R * (t.In + t.Out)}
	if c.Fraction > 0 {
		s.entries = max(1, int(math.Round(c.Fraction*float64(t.In*t.Out))))
	}
	if s.entries > t.In*t.Out {
		return s, &ConfigError{Field: "r", Value: c.R, Reason: fmt.Sprintf("means r·(in + out) = %d values that learn: expected at most %[5]d, %[2]s has a weight [%[3]d, %[4]d]", s.entries, t.Name, t.Out, t.In, t.In*t.Out)}
	}
	return s, nil
}

// fresh draws the places uniformly, by the seed and the module's name alone. The values are
// zero.
func (s sparse) fresh(seed int64) entries {
	rng := random.Named(seed, s.Name)
	deck := make([]int32, s.In*s.Out)
	for i := range deck {
		deck[i] = int32(i)
	}
	for i := range s.entries {
		j := i + rng.IntN(len(deck)-i)
		deck[i], deck[j] = deck[j], deck[i]
	}
	places := slices.Clone(deck[:s.entries])
	slices.Sort(places)
	return entries{make([]float32, s.entries), places}
}

// indices returns the rows and the columns of places, [2, n].
func (s sparse) indices(places []int32) *tensors.Tensor {
	n := len(places)
	list := make([]int32, 2*n)
	for i, p := range places {
		list[i], list[n+i] = p/int32(s.In), p%int32(s.In)
	}
	return tensors.FromFlatDataAndDimensions(list, 2, n)
}

// create makes the variables of the entries.
func (s sparse) create(store *model.Store, e entries) {
	store.VariableWithValue(s.pathValues(), tensors.FromFlatDataAndDimensions(e.values, s.entries)).SetTrainable(true)
	store.VariableWithValue(s.pathIndices(), s.indices(e.places)).SetTrainable(false)
}

// project is x·(W + S)ᵀ + b in float32, rounded to x's type. The gradient has the size of the
// whole weight while it is computed; only that of the entries is kept.
func (s sparse) project(scope *model.Scope, x *graph.Node) *graph.Node {
	g := x.Graph()
	float32Of := func(v *model.Variable) *graph.Node {
		return graph.ConvertDType(parameter.Node(scope, v, g), dtypes.Float32)
	}
	values, indices := variable(scope, "shira_weight", g), variable(scope, "shira_indices", g)
	W := graph.ScatterSum(float32Of(scope.GetVariable("weight")), graph.Transpose(indices, 0, 1), values, true, true) // [out, in]
	var b *graph.Node
	if bias := scope.GetVariable("bias"); bias != nil {
		b = float32Of(bias)
	}
	y := nn.Dense(graph.ConvertDType(x, dtypes.Float32), W, b, compute.DenseLayoutOutputsInput) // [..., out]
	return graph.ConvertDType(y, x.DType())
}

// stored returns the entries in the store, as they are without a merge.
func (a *Adapter) stored(s sparse) (e entries, err error) {
	values, err := a.value(a.store.GetVariable(s.pathValues()))
	if err != nil {
		return e, err
	}
	if e.values, err = floats.FromTensor(values); err != nil {
		return e, err
	}
	indices, err := a.value(a.store.GetVariable(s.pathIndices()))
	if err != nil {
		return e, err
	}
	list, err := tensors.CopyFlatData[int32](indices)
	if err != nil {
		return e, fmt.Errorf("lora: %w", err)
	}
	for i := range s.entries {
		e.places = append(e.places, list[i]*int32(s.In)+list[s.entries+i])
	}
	return e, nil
}

// mergedSparse computes W + S.
func (a *Adapter) mergedSparse(s sparse) (*tensors.Tensor, error) {
	weight := a.store.GetVariable(s.Scope + "/weight")
	W, err := floats.Read(weight)
	if err != nil {
		return nil, fmt.Errorf("lora: merge: %w", err)
	}
	e, err := a.stored(s)
	if err != nil {
		return nil, fmt.Errorf("lora: merge: %w", err)
	}
	for i, place := range e.places {
		W[place] += e.values[i]
	}
	return s.rounded(W, weight)
}
