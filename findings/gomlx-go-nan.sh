#!/usr/bin/env bash
# GoMLX's Go backend gives numbers for Tanh, Exp and Sigmoid of NaN, if it is compiled with
# GOEXPERIMENT=simd.
#
# Expected: NaN, as without GOEXPERIMENT=simd, and as Go's math package, XLA and PyTorch give: a network
# whose numbers overflowed has outputs that are no numbers, so that a check of its outputs finds it.
# Actual: -1, 0 and 1, without an error. Log, Sqrt, Erf, Max and Softmax give NaN. The pooler of BERT ends
# in Tanh, so that logits, losses and accuracies of an encoder that overflowed look like any others.
# Tested: compute v0.1.14 (GoMLX v0.28.16), Go 1.27.4, an AMD EPYC with AVX2.
# Source: compute, support/simdmath/simdmath.go: TanhFloat32 and its neighbours bound the argument
# before the approximation.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
)

func main() {
	backend, err := compute.NewWithConfig("go:parallelism=-1")
	if err != nil {
		panic(err)
	}
	nan := float32(math.NaN())
	in := make([]float32, 16)
	for i := range in {
		in[i] = nan
	}
	for _, op := range []struct {
		name string
		f    func(x *graph.Node) *graph.Node
	}{
		{"Tanh", graph.Tanh}, {"Erf", graph.Erf}, {"Exp", graph.Exp}, {"Sigmoid", graph.Sigmoid}, {"Log", graph.Log}, {"Sqrt", graph.Sqrt},
		{"Max 0", func(x *graph.Node) *graph.Node { return graph.Max(x, graph.ZerosLike(x)) }},
		{"Softmax", func(x *graph.Node) *graph.Node { return graph.Softmax(x, -1) }},
	} {
		out := graph.MustExecOnce(backend, op.f, in).Value().([]float32)
		fmt.Printf("%s of NaN: %v\n", op.name, out[0])
	}
}
GO
cat >go.mod <<'MOD'
module example

go 1.27.0

require (
	github.com/gomlx/compute v0.1.14
	github.com/gomlx/gomlx v0.28.16
)
MOD
export GOFLAGS=-mod=mod GOTOOLCHAIN=go1.27.4 CGO_ENABLED=0
go version
go mod tidy >tidy.log 2>&1 || { cat tidy.log; exit 1; }
echo "with GOEXPERIMENT=simd:"
GOEXPERIMENT=simd go run . 2>/dev/null | grep "of NaN" | tee simd
echo "without:"
GOEXPERIMENT='' go run . 2>/dev/null | grep "of NaN" | tee plain
[ "$(grep -vc ': NaN$' plain)" = 0 ]
[ "$(grep -v ': NaN$' simd)" = "$(printf 'Tanh of NaN: -1\nExp of NaN: 0\nSigmoid of NaN: 1')" ]
