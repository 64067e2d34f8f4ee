package adapters

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Wrap decorates the function by which a model builds its dense projections, as
// [lora.Adapter.Wrap] does: all rows go through the adapter that [Set.SetAdapter] chose
// before the graph runs.
//
// There is no dropout. It builds graphs, and panics as GoMLX does.
func (s *Set) Wrap(next func(scope *model.Scope, x *graph.Node, out int) *graph.Node) func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	return s.WrapRows(next, nil)
}

// WrapRows is Wrap for batches whose rows go through an adapter each, the heads
// included: rows, int32 [batch], are the slots that [Set.Rows] tells. The first
// axis of every adapted projection's input must be the batch's; slots that there are
// not count as the nearest that there is.
func (s *Set) WrapRows(next func(scope *model.Scope, x *graph.Node, out int) *graph.Node, rows *graph.Node) func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
	return func(scope *model.Scope, x *graph.Node, out int) *graph.Node {
		r := s.rooms[scope.Scope()]
		if r == nil {
			return next(scope, x, out)
		}
		p := picked{store: scope.Store(), rows: rows, x: x}
		if rows == nil {
			p.rows = p.variable(activePath).NodeValue(x)
		} else if x.Rank() < 2 || x.Shape().Dim(0) != rows.Shape().Dim(0) {
			exceptions.Panicf("adapters: module %s: its input is %s, expected %d rows, one for each slot", r.name, x.Shape(), rows.Shape().Dim(0))
		}
		if r.head {
			return p.head(r)
		}
		y := next(scope, x, out)
		return graph.ConvertDType(p.adapt(r, scope, graph.ConvertDType(y, dtypes.Float32)), y.DType())
	}
}

// picked builds a projection's part of the graph with what the rows' slots hold.
type picked struct {
	store *model.Store
	rows  *graph.Node // the slots [batch], or the slot of all rows, a scalar
	x     *graph.Node // [batch, …, in]
}

func (p picked) variable(path string) *model.Variable {
	v := p.store.GetVariable(path)
	if v == nil {
		exceptions.Panicf("adapters: the store has no variable %s: build the graph with the store that New got, or a clone of it", path)
	}
	return v
}

// of is what a stack [slots, …] holds for the rows, [batch, …], or for all of them, […].
func (p picked) of(path string) *graph.Node {
	stack := p.variable(path).NodeValue(p.x)
	return graph.Gather(stack, graph.InsertAxes(p.rows, -1))
}

// vector is such a value [batch, out] or [out] as one that can be added to y.
func (p picked) vector(path string, y *graph.Node) *graph.Node {
	v := p.of(path)
	for !p.rows.IsScalar() && v.Rank() < y.Rank() { // [batch, 1, …, out]
		v = graph.InsertAxes(v, 1)
	}
	return graph.ExpandLeftToRank(v, y.Rank())
}

// times is x·Wᵀ with the stack's W [slots, out, in] of each row.
func (p picked) times(x *graph.Node, path string) *graph.Node {
	W := p.of(path)
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

// head is a module to save: each row's own weight and bias.
func (p picked) head(r *room) *graph.Node {
	y := p.times(graph.ConvertDType(p.x, dtypes.Float32), r.pathWeight())
	if r.headBias {
		y = graph.Add(y, p.vector(r.pathHead(), y))
	} else if bias := p.store.GetVariable(r.scope + "/bias"); bias != nil {
		y = graph.Add(y, graph.ExpandLeftToRank(graph.ConvertDType(bias.NodeValue(y), dtypes.Float32), y.Rank()))
	}
	return graph.ConvertDType(y, p.x.DType())
}

// adapt adds to y = x·Wᵀ+b what each row's adapter says: c·s·B(A(x)) + (c-1)·x·Wᵀ + the
// biases, c being 1 but for DoRA.
func (p picked) adapt(r *room, scope *model.Scope, y *graph.Node) *graph.Node {
	sum := y
	if r.r > 0 {
		down := p.times(graph.ConvertDType(p.x, dtypes.Float32), r.pathA()) // [batch, …, r]
		scaling := p.of(r.pathScaling())                                    // [batch] or []
		for !p.rows.IsScalar() && scaling.Rank() < down.Rank() {
			scaling = graph.InsertAxes(scaling, -1)
		}
		d := p.times(graph.Mul(down, scaling), r.pathB()) // [batch, …, out]
		if r.dora {
			rescale := p.vector(r.pathRescale(), y)
			d = graph.Add(d, graph.Mul(rescale, d))
			base := y
			if bias := p.store.GetVariable(r.scope + "/bias"); bias != nil {
				base = graph.Sub(y, graph.ExpandLeftToRank(graph.ConvertDType(bias.NodeValue(y), dtypes.Float32), y.Rank()))
			}
			d = graph.Add(d, graph.Mul(rescale, base))
		}
		sum = graph.Add(sum, d)
	}
	if r.bias {
		sum = graph.Add(sum, p.vector(r.pathBias(), y))
	}
	return sum
}
