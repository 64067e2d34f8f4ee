package batching

import (
	"errors"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
)

// A graph reads each input under the name that it was given, in whatever order the extra
// ones are declared.
func TestSignatureNamesTheInputsOfAGraph(t *testing.T) {
	e := must(engine.Shared())
	batch := Batch{Rows: 2, Length: 3, IDs: []int32{1, 2, 3, 4, 5, 0}, Lengths: []int32{3, 2}, Labels: []int32{1, 7}}
	in := batch.Tensors()
	in.Extra = map[string]*tensors.Tensor{
		"a": tensors.FromFlatDataAndDimensions([]int32{100, 200}, 2),
		"b": tensors.FromFlatDataAndDimensions([]int32{5, 6}, 2),
	}
	for _, s := range []Signature{{true, []string{"a", "b"}}, {true, []string{"b", "a"}}, {false, []string{"b", "a"}}} {
		exec := must(model.NewExec(e.Backend, model.NewStore(), func(_ *model.Scope, inputs []*graph.Node) *graph.Node {
			n := s.Nodes(inputs)
			first := graph.Reshape(graph.Slice(n.IDs, graph.AxisRange(), graph.AxisRange(0, 1)), 2)
			out := graph.Add(graph.Mul(first, n.Lengths), graph.Sub(n.Extra["a"], n.Extra["b"]))
			if n.Labels != nil {
				out = graph.Add(out, graph.MulScalar(n.Labels, 1000))
			}
			return out
		}))
		got := must(tensors.CopyFlatData[int32](must(exec.Call1(must(s.Arguments(in))...))))
		want := []int32{1*3 + 100 - 5, 4*2 + 200 - 6}
		if s.Labels {
			want[0], want[1] = want[0]+1000, want[1]+7000
		}
		if !slices.Equal(got, want) {
			t.Errorf("%+v: %v, want %v", s, got, want)
		}
		exec.Finalize()
	}
}

func TestInputsThatDoNotMatchTheSignature(t *testing.T) {
	batch := Batch{Rows: 1, Length: 2, IDs: []int32{1, 2}, Lengths: []int32{2}}
	one := tensors.FromFlatDataAndDimensions([]int32{1}, 1)
	for name, c := range map[string]struct {
		signature Signature
		extra     map[string]*tensors.Tensor
	}{
		"labels":    {Signature{Labels: true}, nil},
		"positions": {Signature{Extra: []string{"positions"}}, nil},
		"states":    {Signature{Extra: []string{"positions"}}, map[string]*tensors.Tensor{"positions": one, "states": one}},
	} {
		t.Run(name, func(t *testing.T) {
			in := batch.Tensors()
			in.Extra = c.extra
			_, err := c.signature.Arguments(in)
			var fault *InputError
			if !errors.As(err, &fault) || fault.Name != name {
				t.Errorf("error %v, want one of input %q", err, name)
			}
		})
	}
	_, err := Signature{}.Arguments(Tensors{})
	wantError(t, err, `"ids" is missing`)
	defer func() {
		if recover() == nil {
			t.Error("a graph with another number of inputs was built")
		}
	}()
	Signature{Labels: true}.Nodes(make([]*graph.Node, 2))
}

func TestTokensDoNotCountPadding(t *testing.T) {
	if n := (Batch{Rows: 3, Length: 4, Lengths: []int32{4, 1, 0}}).Tokens(); n != 5 {
		t.Errorf("%d tokens, want 5", n)
	}
}
