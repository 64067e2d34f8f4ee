#!/usr/bin/env bash
# GoMLX's Go backend computes bfloat16 matrix products wrongly on processors with AVX2 and without
# AVX-512, if it is compiled with GOEXPERIMENT=simd.
#
# Expected: a product of two bfloat16 matrices with a float32 result differs from the exact product
# of the same factors by the rounding of float32 sums, about 1e-5 for sums of 300 normal numbers.
# Actual: with compute v0.1.3 (GoMLX v0.28.1) small products whose right factor is transposed
# (contracted along its last axis, as in a dense layer with PyTorch's weights, or in attention) are
# wrong by as much as the values themselves. With compute v0.1.14 (GoMLX v0.28.16) those are right,
# and large products are wrong, transposed or not. float32 products are right, as is everything
# without GOEXPERIMENT=simd, and with AVX-512. There is no error and no NaN.
# Tested: Go 1.26.8 and 1.27.4, AMD EPYC with AVX2. On a processor with AVX-512 GODEBUG turns it off.
# Source: compute, internal/gobackend/dot/matmul: avx2_small.go and avx2_large.go, and the files
# generated from them for bfloat16.
set -euo pipefail
grep -qw avx2 /proc/cpuinfo || { echo "this processor has no AVX2"; exit 1; }
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
)

// matrix returns normal numbers that bfloat16 has exactly.
func matrix(rng *rand.Rand, rows, columns int) [][]float32 {
	m := make([][]float32, rows)
	for i := range m {
		for range columns {
			m[i] = append(m[i], bfloat16.FromFloat32(float32(rng.NormFloat64())).Float32())
		}
	}
	return m
}

func main() {
	backend, err := compute.NewWithConfig("go:parallelism=-1")
	if err != nil {
		panic(err)
	}
	for _, size := range [][3]int{{40, 300, 24}, {256, 256, 256}} {
		rng := rand.New(rand.NewPCG(1, 2))
		x, weights := matrix(rng, size[0], size[1]), matrix(rng, size[2], size[1]) // weights: transposed
		plain := make([][]float32, size[1])
		for k := range plain {
			for _, row := range weights {
				plain[k] = append(plain[k], row[k])
			}
		}
		for _, form := range []struct {
			name  string
			right [][]float32
			axis  int
		}{{"plain", plain, 0}, {"transposed", weights, 1}} {
			fmt.Print(size, " ", form.name)
			for _, kind := range []dtypes.DType{dtypes.Float32, dtypes.BFloat16} {
				out, err := graph.CallOnce(backend, func(x, y *graph.Node) *graph.Node {
					return graph.Dot(graph.ConvertDType(x, kind), graph.ConvertDType(y, kind)).
						WithOutputDType(dtypes.Float32).General([]int{1}, nil, []int{form.axis}, nil)
				}, x, form.right)
				if err != nil {
					panic(err)
				}
				worst := 0.0
				for i, row := range out.Value().([][]float32) {
					for j, got := range row {
						sum := 0.0
						for k, f := range x[i] {
							sum += float64(f) * float64(weights[j][k])
						}
						worst = math.Max(worst, math.Abs(float64(got)-sum))
					}
				}
				verdict := "right"
				if !(worst < 1e-3) {
					verdict = fmt.Sprintf("wrong by up to %.0f", worst)
				}
				fmt.Print(", ", kind, " ", verdict)
			}
			fmt.Println()
		}
	}
}
GO
export GOFLAGS=-mod=mod CGO_ENABLED=0 GODEBUG=cpu.avx512=off
go mod init finding >/dev/null 2>&1
run() { # Go, GoMLX, compute, experiment
	GOTOOLCHAIN=$1 go get "github.com/gomlx/gomlx@$2" "github.com/gomlx/compute@$3" >get.log 2>&1 || { cat get.log; exit 1; }
	echo "GoMLX $2, compute $3, GOEXPERIMENT=$4"
	GOTOOLCHAIN=$1 GOEXPERIMENT=$4 go run . 2>/dev/null | grep , | tee out
}
run go1.26.8 v0.28.1 v0.1.3 simd
[ "$(grep -c 'Float32 right' out)" = 4 ]
[ "$(grep -c 'BFloat16 right' out)" = 3 ]
grep -q '\[40 300 24\] transposed.*BFloat16 wrong' out
run go1.26.8 v0.28.1 v0.1.3 nosimd
[ "$(grep -c 'BFloat16 right' out)" = 4 ]
run go1.27.4 v0.28.16 v0.1.14 simd
[ "$(grep -c 'Float32 right' out)" = 4 ]
[ "$(grep -c '\[40 300 24\].*BFloat16 right' out)" = 2 ]
[ "$(grep -c '\[256 256 256\].*BFloat16 wrong' out)" = 2 ]
echo "as described: compute v0.1.3 and v0.1.14"
