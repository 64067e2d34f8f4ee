package bert

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
)

// TestPackedLogitsFrom: texts in one row have the logits of each of them alone, cut after any number of
// layers.
func TestPackedLogitsFrom(t *testing.T) {
	const block = 3
	m := loaded(t, "testdata/encoder/tiny", Classification)
	row := func(values ...int32) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(values, 1, len(values))
	}
	pair, single := []int32{2, 5, 3, 6, 3}, []int32{2, 9} // at 0 and 6
	ids := row(2, 5, 3, 6, 3, 0, 2, 9, 0, 0, 0, 0)
	types := row(0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0)
	positions := row(0, 1, 2, 3, 4, 0, 0, 1, 0, 0, 0, 0)
	texts := row(0, 0, 0, 0, 0, -1, 1, 1, -1, -1, -1, -1)
	alone := append(
		call(t, m, func(root *model.Scope, in []*graph.Node) *graph.Node {
			return m.Encoder().Logits(root, PairInputs(in[0], in[1], in[2]))
		}, row(pair...), []int32{5}, []int32{3}),
		call(t, m, func(root *model.Scope, in []*graph.Node) *graph.Node {
			return m.Encoder().Logits(root, PaddedInputs(in[0], in[1]))
		}, row(single...), []int32{2})...)
	for layers := range m.Config.NumHiddenLayers + 1 {
		got := call(t, m, func(root *model.Scope, in []*graph.Node) *graph.Node {
			e, mask := m.Encoder(), PackedMask(in[3])
			states := e.StatesAfter(root, Inputs{IDs: in[0], TypeIDs: in[1], PositionIDs: in[2], Mask: mask}, layers)
			return e.PackedLogitsFrom(root, states, mask, layers, block)
		}, ids, types, positions, texts)
		classes := len(got) / 4
		chosen := append(got[:classes:classes], got[2*classes:3*classes]...)
		near(t, fmt.Sprintf("after %d layers", layers), row32(chosen), row32(alone), 1e-6)
	}
}

// TestLogitsAt: texts and pairs anywhere in several rows have the logits of each of them alone.
func TestLogitsAt(t *testing.T) {
	m := loaded(t, "testdata/encoder/tiny", Classification)
	rows := func(columns int, values ...int32) *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(values, len(values)/columns, columns)
	}
	ids := rows(6, 2, 5, 3, 2, 9, 0, 2, 5, 3, 6, 3, 0)
	texts := rows(6, 0, 0, 0, 1, 1, -1, 0, 0, 0, 0, 0, -1)
	positions := rows(6, 0, 1, 2, 0, 1, 0, 0, 1, 2, 3, 4, 0)
	types := rows(6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0)
	firsts := rows(2, 0, 3, 0, 0)
	for name, pair := range map[string]bool{"texts": false, "pairs": true} {
		got := call(t, m, func(root *model.Scope, in []*graph.Node) *graph.Node {
			if !pair {
				in[3] = nil
			}
			return m.Encoder().LogitsAt(root, PackedInputs(in[0], in[1], in[2], in[3]), in[4])
		}, ids, texts, positions, types, firsts)
		var want []float32
		for _, text := range [][]int32{{2, 5, 3}, {2, 9}, {2, 5, 3, 6, 3}, {2, 5, 3, 6, 3}} {
			firstLength := int32(len(text))
			if pair {
				firstLength = min(3, firstLength)
			}
			want = append(want, call(t, m, func(root *model.Scope, in []*graph.Node) *graph.Node {
				return m.Encoder().Logits(root, PairInputs(in[0], in[1], in[2]))
			}, rows(len(text), text...), []int32{int32(len(text))}, []int32{firstLength})...)
		}
		near(t, name, row32(got), row32(want), 1e-6)
	}
}

func row32(values []float32) *tensors.Tensor {
	return tensors.FromFlatDataAndDimensions(values, len(values))
}

// call returns the values of a graph with inputs.
func call(t *testing.T, m *Model, build func(root *model.Scope, in []*graph.Node) *graph.Node, inputs ...any) []float32 {
	t.Helper()
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	out, err := model.CallOnce(e.Backend, m.Store, build, inputs...)
	if err != nil {
		t.Fatal(err)
	}
	return tensors.MustCopyFlatData[float32](out)
}

// TestLogitsAtNeedsPackedMask: a mask of padding says nothing about several texts in a row.
func TestLogitsAtNeedsPackedMask(t *testing.T) {
	const dir = "testdata/encoder/tiny"
	batch, m := readBatch(t, dir+"/inputs.safetensors"), loaded(t, dir, Classification)
	run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
		func() {
			defer func() {
				if text := fmt.Sprint(recover()); !strings.Contains(text, "expected that of PackedMask") {
					t.Error(text)
				}
			}()
			e.LogitsAt(root, in, graph.Zeros(in.IDs.Graph(), in.IDs.Shape()))
		}()
		return []*graph.Node{e.Logits(root, in)}
	})
}

// TestPackedStatesAreRefused: several rows, and rows that are no multiple of the block.
func TestPackedStatesAreRefused(t *testing.T) {
	const dir = "testdata/encoder/tiny"
	batch, m := readBatch(t, dir+"/inputs.safetensors"), loaded(t, dir, Classification)
	run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
		states := e.StatesAfter(root, in, 0) // several rows
		first := graph.Slice(states, graph.AxisElem(0))
		for _, c := range []struct {
			states *graph.Node
			block  int
		}{{states, 1}, {first, states.Shape().Dim(1) - 1}, {first, 0}} {
			func() {
				defer func() {
					if text := fmt.Sprint(recover()); !strings.Contains(text, "one row with a multiple of") {
						t.Errorf("%s in blocks of %d: %s", c.states.Shape(), c.block, text)
					}
				}()
				e.PackedLogitsFrom(root, c.states, in.Mask, 0, c.block)
			}()
		}
		return []*graph.Node{states}
	})
}
