package adapters

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/pkg/parameter"
)

// Wrap decorates the function by which a model builds its dense projections, as
// [lora.Adapter.Wrap] does. All rows use the adapter that is active when the graph runs, see
// [Set.SetAdapter].
//
// There is no dropout. It builds graphs, and panics as GoMLX does.
func (s *Set) Wrap(next func(scope *model.Scope, x *graph.Node, out int) *graph.Node) func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	return s.WrapRows(next, nil)
}

// WrapRows is [Set.Wrap] for batches whose rows use an adapter each, classifier included. rows,
// int32 [batch], are the slots that [Set.Rows] returns; a number outside of the slots counts as
// the nearest slot. The first axis of the input of every adapted projection must be the batch.
func (s *Set) WrapRows(next func(scope *model.Scope, x *graph.Node, out int) *graph.Node, rows *graph.Node) func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	return func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
		k := s.stacks[scope.Scope()]
		if k == nil {
			return next(scope, x, out)
		}
		p := projection{scope: scope, rows: rows, x: x}
		if rows == nil {
			p.rows = p.value(activePath)
		} else if x.Rank() < 2 || x.Shape().Dim(0) != rows.Shape().Dim(0) {
			exceptions.Panicf("adapters: module %s: its input is %s, expected %d rows, one for each slot", k.name, x.Shape(), rows.Shape().Dim(0))
		}
		if k.saved {
			return p.saved(k)
		}
		y := next(scope, x, out)
		return graph.ConvertDType(p.adapt(k, graph.ConvertDType(y, dtypes.Float32)), y.DType())
	}
}

// projection builds the part of the graph of one projection, with the values of the slots that
// the rows use.
type projection struct {
	scope *model.Scope
	rows  *graph.Node // the slots [batch], or the slot of all rows, a scalar
	x     *graph.Node // [batch, …, in]
}

// value is the value of a variable of the set when the graph runs.
func (p projection) value(path string) *graph.Node {
	v := p.scope.Store().GetVariable(path)
	if v == nil {
		exceptions.Panicf("adapters: the store has no variable %s: expected the store from which the set was made, or a clone of it", path)
	}
	return parameter.Node(p.scope, v, p.x)
}

// bias is the bias of the module itself, float32 in the rank of y, or nil if it has none.
func (p projection) bias(y *graph.Node) *graph.Node {
	v := p.scope.GetVariable("bias")
	if v == nil {
		return nil
	}
	return graph.ExpandLeftToRank(graph.ConvertDType(parameter.Node(p.scope, v, y), dtypes.Float32), y.Rank())
}

// selected gathers a variable [slots, …] of a stack for the rows, [batch, …], or, with one slot
// for all rows, […].
func (p projection) selected(path string) *graph.Node {
	return graph.Gather(p.value(path), graph.InsertAxes(p.rows, -1))
}

// vector is a selected vector [batch, out] or [out] in a shape that can be added to y.
func (p projection) vector(path string, y *graph.Node) *graph.Node {
	v := p.selected(path)
	for !p.rows.IsScalar() && v.Rank() < y.Rank() { // [batch, 1, …, out]
		v = graph.InsertAxes(v, 1)
	}
	return graph.ExpandLeftToRank(v, y.Rank())
}

// product is x·Wᵀ with the W of each row, of a variable [slots, out, in].
func (p projection) product(x *graph.Node, path string) *graph.Node {
	W := p.selected(path)
	dims := x.Shape().Dimensions
	batch, in := dims[0], dims[len(dims)-1]
	out := W.Shape().Dim(-2)
	equation := "bmi,oi->bmo"
	if !p.rows.IsScalar() {
		equation = "bmi,boi->bmo"
	}
	y := graph.Einsum(equation, graph.Reshape(x, batch, -1, in), W)
	return graph.Reshape(y, append(append([]int{}, dims[:len(dims)-1]...), out)...) // [batch, …, out]
}

// saved is a module to save, with each row's own weight and bias.
func (p projection) saved(k *stack) *graph.Node {
	y := p.product(graph.ConvertDType(p.x, dtypes.Float32), k.pathSavedWeight())
	if k.savedBias {
		y = graph.Add(y, p.vector(k.pathSavedBias(), y))
	} else if bias := p.bias(y); bias != nil {
		y = graph.Add(y, bias)
	}
	return graph.ConvertDType(y, p.x.DType())
}

// adapt adds to y = x·Wᵀ+b the term of each row's adapter: c·s·B(A(x)) + (c-1)·x·Wᵀ + its
// biases, with c = 1 except for DoRA.
func (p projection) adapt(k *stack, y *graph.Node) *graph.Node {
	sum := y
	if k.r > 0 {
		z := p.product(graph.ConvertDType(p.x, dtypes.Float32), k.pathA()) // [batch, …, r]
		scaling := p.selected(k.pathScaling())                             // [batch] or []
		for !p.rows.IsScalar() && scaling.Rank() < z.Rank() {
			scaling = graph.InsertAxes(scaling, -1)
		}
		d := p.product(graph.Mul(z, scaling), k.pathB()) // [batch, …, out]
		if k.dora {
			rescale := p.vector(k.pathRescale(), y)
			d = graph.Add(d, graph.Mul(rescale, d))
			base := y
			if bias := p.bias(y); bias != nil {
				base = graph.Sub(y, bias)
			}
			d = graph.Add(d, graph.Mul(rescale, base))
		}
		sum = graph.Add(sum, d)
	}
	if k.bias {
		sum = graph.Add(sum, p.vector(k.pathBias(), y))
	}
	return sum
}
