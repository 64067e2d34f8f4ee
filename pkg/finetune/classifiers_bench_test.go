package finetune

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
)

// BenchmarkSeveral uses eight adapters (r 8 on query and value, and a head each) on
// bert-base-cased. It measures switching between them, and a batch of 32 rows of 128 tokens:
// without an adapter in the graph, with one for all rows, with all rows naming one, and with rows
// naming all eight.
func BenchmarkSeveral(b *testing.B) {
	dir := os.Getenv("LORABOOK_BERT")
	if dir == "" {
		b.Skip("LORABOOK_BERT is not set: see CONTRIBUTING.md for the real models")
	}
	e, err := engine.Shared()
	if err != nil {
		b.Fatal(err)
	}
	m, err := bert.Open(context.Background(), dir, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
	if err != nil {
		b.Fatal(err)
	}
	s, err := adapters.New(m.Store, m.DenseModules(), 8)
	if err != nil {
		b.Fatal(err)
	}
	var names []string
	for i := range 8 {
		names = append(names, fmt.Sprint("adapter", i))
		if err := s.Add(names[i], lora.Config{Init: lora.InitRandom}, int64(i)); err != nil {
			b.Fatal(err)
		}
	}
	const rows, length = 32, 128
	ids := make([]int32, rows*length)
	for i := range ids {
		ids[i] = int32(1000 + i*7%20000)
	}
	lengths, one, eight := make([]int32, rows), make([]string, rows), make([]string, rows)
	for i := range rows {
		lengths[i], one[i], eight[i] = length, names[0], names[i%8]
	}
	batch := []any{tensors.FromFlatDataAndDimensions(ids, rows, length), lengths}

	b.Run("switch", func(b *testing.B) {
		for i := range b.N {
			if err := s.SetAdapter(names[i%8]); err != nil {
				b.Fatal(err)
			}
		}
	})
	forward := func(name string, dense func(inputs []*graph.Node) bert.Dense, rows []string) {
		b.Run(name, func(b *testing.B) {
			exec, err := model.NewExec(e.Backend, m.Store, func(root *model.Scope, inputs []*graph.Node) *graph.Node {
				encoder := m.Encoder()
				encoder.Dense = dense(inputs)
				return encoder.Logits(root, bert.PaddedInputs(inputs[0], inputs[1]))
			})
			if err != nil {
				b.Fatal(err)
			}
			defer exec.Finalize()
			inputs := batch
			if rows != nil {
				slots, err := s.Rows(rows)
				if err != nil {
					b.Fatal(err)
				}
				inputs = append(inputs[:2:2], slots)
			}
			if _, err := exec.Call1(inputs...); err != nil { // compiles
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := exec.Call1(inputs...); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	forward("none", func([]*graph.Node) bert.Dense { return bert.Linear }, nil)
	forward("active", func([]*graph.Node) bert.Dense { return s.Wrap(bert.Linear) }, nil)
	forward("rows/one", func(inputs []*graph.Node) bert.Dense { return s.WrapRows(bert.Linear, inputs[2]) }, one)
	forward("rows/eight", func(inputs []*graph.Node) bert.Dense { return s.WrapRows(bert.Linear, inputs[2]) }, eight)
}
