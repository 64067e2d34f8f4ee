package doctor

import (
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/bfloat16"
	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/stats"
	"github.com/lorabook/lorabook/pkg/precision"
)

// The measured product is that of the widest module of a layer of BERT-base on a batch of 1,024 tokens.
const productRows, productIn, productOut = 1024, 768, 3072

// productRounds is the largest number of measurements of each format, besides the first, which compiles.
// A slow engine is measured less often, for productTime.
const (
	productRounds = 9
	productTime   = 2 * time.Second
)

// products measures a matrix product in both number formats on the engine of this process. The
// instructions alone do not determine which format is faster: of two processors with avx512_bf16, one
// multiplies bfloat16 at twice the rate of float32, and the other at half of it (bench/RESULTS.md).
func (m *machine) products() {
	const name = "products"
	e, err := engine.Open()
	if err != nil {
		m.warn(name, "", "not measured: %v", err)
		return
	}
	defer e.Backend.Finalize()
	formats := []struct {
		precision precision.Precision
		backend   compute.Backend
		run       func() error
		seconds   []float64
	}{
		{precision: precision.Float32, backend: e.Backend},
		{precision: precision.BFloat16, backend: bfloat16.Products(e.Backend)},
	}
	start := time.Now()
	for round := range 1 + productRounds {
		if m.ctx.Err() != nil || round > 1 && time.Since(start) > productTime {
			break
		}
		for i := range formats {
			f := &formats[i]
			if round == 0 {
				f.run, err = product(f.backend)
			}
			began := time.Now()
			if err == nil {
				err = f.run()
			}
			if err != nil {
				m.warn(name, "", "%s on %s: %v", f.precision, e.Config, err)
				return
			}
			if round > 0 {
				f.seconds = append(f.seconds, time.Since(began).Seconds())
			}
		}
	}
	rate := func(i int) float64 {
		return 2 * productRows * productIn * productOut / stats.Median(formats[i].seconds) / 1e9
	}
	m.ok(name, "%.0f GFLOP/s in float32, %.0f in bfloat16 on %s: %s", rate(0), rate(1), e.Config, fasterFormat(rate(0), rate(1)))
}

// fasterFormat says which format is faster, by at least a tenth.
func fasterFormat(float32Rate, bfloat16Rate float64) string {
	switch ratio := bfloat16Rate / float32Rate; {
	case ratio > 1.1:
		return "bfloat16 is faster"
	case ratio < 1/1.1:
		return "float32 is faster, bfloat16 needs less memory"
	}
	return "equally fast, bfloat16 needs less memory"
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
	x := tensors.FromShape(shapes.Make(dtypes.Float32, productRows, productIn))
	w := tensors.FromShape(shapes.Make(dtypes.Float32, productIn, productOut))
	return func() error {
		y, err := exec.Call1(x, w)
		if err != nil {
			return err
		}
		_ = tensors.ToScalar[float32](y)
		return nil
	}, nil
}
