// Command bfloat16 measures what docs/upstream.md reports about bfloat16 on XLA's CPU plugin: the
// speed of one matrix product, asked for in four ways, measured in turns.
//
//	go run ./tools/bfloat16
//
// It needs GoMLX, go-xla and its plugin alone (cgo on; GOMLX_NO_AUTO_INSTALL=1 where go-xla
// shall not fetch one). Ratios mean something on a processor that multiplies
// bfloat16 (avx512_bf16 or AMX in /proc/cpuinfo).
package main

import (
	"fmt"
	"log"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/lorabook/lorabook/internal/stats"
)

// rows, in and out are those of a BERT-base layer's widest product on a batch of 2,048 tokens.
const (
	rows, in, out = 2048, 768, 3072
	rounds        = 15
)

// way is one of asking for the product of x [rows, in] and w [in, out].
type way struct {
	name  string
	dtype dtypes.DType
	dot   func(x, w *graph.Node) *graph.Node
}

var ways = []way{
	{"float32", dtypes.Float32, func(x, w *graph.Node) *graph.Node {
		return graph.Dot(x, w).MatMul()
	}},
	{"bfloat16, as GoMLX has it by default", dtypes.BFloat16, func(x, w *graph.Node) *graph.Node {
		return graph.Dot(x, w).MatMul()
	}},
	{"bfloat16, accumulator said to be bfloat16, result bfloat16", dtypes.BFloat16, func(x, w *graph.Node) *graph.Node {
		return graph.Dot(x, w).WithAccumulatorDType(dtypes.BFloat16).MatMul()
	}},
	{"bfloat16, accumulator said to be bfloat16, result float32", dtypes.BFloat16, func(x, w *graph.Node) *graph.Node {
		return graph.Dot(x, w).WithAccumulatorDType(dtypes.BFloat16).WithOutputDType(dtypes.Float32).MatMul()
	}},
}

func main() {
	backend, err := compute.NewWithConfig("xla:cpu")
	if err != nil {
		log.Fatal(err)
	}
	seconds := make([][]float64, len(ways))
	runs := make([]func() error, len(ways))
	for i, w := range ways {
		if runs[i], err = prepare(backend, w); err != nil {
			log.Fatalf("%s: %v", w.name, err)
		}
	}
	for round := range rounds {
		for i, run := range runs {
			began := time.Now()
			if err := run(); err != nil {
				log.Fatalf("%s: %v", ways[i].name, err)
			}
			if round > 0 { // the first compiles
				seconds[i] = append(seconds[i], time.Since(began).Seconds())
			}
		}
	}
	for i, w := range ways {
		fmt.Printf("%4.0f GFLOP/s  %s\n", 2*rows*in*out/stats.Median(seconds[i])/1e9, w.name)
	}
}

// prepare compiles a product, reduced to one number so that reading the answer costs nothing.
func prepare(backend compute.Backend, w way) (func() error, error) {
	exec, err := graph.NewExec(backend, func(x, y *graph.Node) *graph.Node {
		return graph.ReduceAllMax(graph.ConvertDType(w.dot(x, y), dtypes.Float32))
	})
	if err != nil {
		return nil, err
	}
	x, y := tensors.FromShape(shapes.Make(w.dtype, rows, in)), tensors.FromShape(shapes.Make(w.dtype, in, out))
	return func() error {
		answer, err := exec.Call1(x, y)
		if err == nil {
			_ = tensors.ToScalar[float32](answer)
		}
		return err
	}, nil
}
