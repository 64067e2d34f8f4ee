// Package products measures the speed of a matrix product in both number formats:
//
//	rates, err := products.Measure(ctx)
//	if err != nil {
//		return err
//	}
//	fmt.Println(rates) // 237 GFLOP/s in float32, 147 in bfloat16 on xla:cpu: float32 is faster, ...
//
// The instructions of a processor do not determine which format is faster: of two processors with
// avx512_bf16, one multiplies bfloat16 at twice the rate of float32, and the other at little more than half
// of it (bench/RESULTS.md).
package products

import (
	"context"
	"fmt"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/stats"
)

// The product is that of the widest module of a layer of BERT-base on a batch of 1,024 tokens.
const rows, in, out = 1024, 768, 3072

const (
	// rounds is the largest number of measurements of each format, besides the first, which compiles.
	rounds = 9
	// enough is the time after which a slow engine is not measured again.
	enough = 2 * time.Second
)

// Rates are the median speeds of the product, in GFLOP/s.
type Rates struct {
	Engine            string // that of engine.Open, such as "xla:cpu"
	Float32, BFloat16 float64
}

// String has the rates, and which format is faster, by at least a tenth.
func (r Rates) String() string {
	faster := "equally fast, bfloat16 needs less memory"
	switch ratio := r.BFloat16 / r.Float32; {
	case ratio > 1.1:
		faster = "bfloat16 is faster"
	case ratio < 1/1.1:
		faster = "float32 is faster, bfloat16 needs less memory"
	}
	return fmt.Sprintf("%.0f GFLOP/s in float32, %.0f in bfloat16 on %s: %s", r.Float32, r.BFloat16, r.Engine, faster)
}

// Measure measures the engine of this process, the formats in turn, for a second or two. The error is that
// of the engine or of the context.
func Measure(ctx context.Context) (Rates, error) {
	e, err := engine.Open()
	if err != nil {
		return Rates{}, err
	}
	defer e.Backend.Finalize()
	r := Rates{Engine: e.Config}
	formats := []struct {
		name     string
		backend  compute.Backend
		rate     *float64
		multiply func() error
		seconds  []float64
	}{
		{name: "float32", backend: e.Backend, rate: &r.Float32},
		{name: "bfloat16", backend: bfloat16.Products(e.Backend), rate: &r.BFloat16},
	}
	start := time.Now()
	for round := range 1 + rounds {
		if round > 1 && time.Since(start) > enough {
			break
		}
		for i := range formats {
			if err := ctx.Err(); err != nil {
				return Rates{}, err
			}
			f := &formats[i]
			if round == 0 {
				if f.multiply, err = product(f.backend); err != nil {
					return Rates{}, fmt.Errorf("a product in %s on %s: %w", f.name, e.Config, err)
				}
			}
			began := time.Now()
			if err := f.multiply(); err != nil {
				return Rates{}, fmt.Errorf("a product in %s on %s: %w", f.name, e.Config, err)
			}
			if round > 0 {
				f.seconds = append(f.seconds, time.Since(began).Seconds())
			}
		}
	}
	for _, f := range formats {
		*f.rate = 2 * rows * in * out / stats.Median(f.seconds) / 1e9
	}
	return r, nil
}

// product compiles the product and returns a function that computes it. Its result is one number, so
// that reading it costs nothing.
func product(backend compute.Backend) (func() error, error) {
	exec, err := graph.NewExec(backend, func(x, w *graph.Node) *graph.Node {
		return graph.ReduceAllMax(graph.Dot(x, w).MatMul())
	})
	if err != nil {
		return nil, err
	}
	x := tensors.FromShape(shapes.Make(dtypes.Float32, rows, in))
	w := tensors.FromShape(shapes.Make(dtypes.Float32, in, out))
	return func() error {
		y, err := exec.Call1(x, w)
		if err != nil {
			return err
		}
		_ = tensors.ToScalar[float32](y)
		return nil
	}, nil
}
