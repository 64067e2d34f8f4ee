#!/usr/bin/env bash
# On the Go backend GoMLX compiles the first values of variables into graphs as constants, so
# that its own Trainer.Eval returns the same loss before and after training.
#
# Expected: a compiled graph uses the present values of a store's variables in each call, as on
# XLA, and with compute v0.1.12. Trainer.Eval after a training step measures the trained model.
# Actual: since compute v0.1.13 the Go backend advertises PreferConstantsForVariables, and
# Variable.NodeValue then makes a constant of the value at the time of building the graph, unless
# the graph is marked as training. Variable.SetValue and the training have no effect on such a
# graph, without an error. Store.WithVariableAsConst(false) does not prevent it.
# Tested: GoMLX v0.28.14 with compute v0.1.12, and v0.28.16 with v0.1.14; Go 1.27.4.
# Source: GoMLX, ml/model/variable.go (paramNode) and ml/train/trainer.go (Eval); compute,
# internal/gobackend/capabilities.go and docs/CHANGELOG.md of 2026-09-12.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"iter"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train"
	"github.com/gomlx/gomlx/ml/train/loss"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// one yields one batch: the input 1 with the label 3.
type one struct{}

func (one) Name() string { return "one" }

func (one) Iter() iter.Seq2[train.Batch, error] {
	return func(yield func(train.Batch, error) bool) {
		number := func(x float32) []*tensors.Tensor { return []*tensors.Tensor{tensors.FromValue([]float32{x})} }
		yield(train.Batch{Inputs: number(1), Labels: number(3)}, nil)
	}
}

func main() {
	backend := must(compute.NewWithConfig("go:parallelism=-1"))

	// A variable that changes between two calls of a compiled graph.
	store := model.NewStore().WithVariableAsConst(false)
	w := store.VariableWithValue("/w", float32(1))
	times := must(model.NewExec(backend, store, func(root *model.Scope, x *graph.Node) *graph.Node {
		return graph.Mul(w.NodeValue(x.Graph()), x)
	}))
	fmt.Print("w times 10:")
	for _, value := range []float32{1, 2} {
		if err := w.SetValue(tensors.FromScalar(value)); err != nil {
			panic(err)
		}
		fmt.Printf(" w=%v gives %v", value, tensors.ToScalar[float32](must(times.Call1(float32(10)))))
	}
	fmt.Println()

	// The losses of an evaluation before training and after each of two steps.
	store = model.NewStore()
	store.VariableWithValue("/w", float32(0))
	store.SetParam(optimizer.ParamLearningRate, 0.1)
	trainer := train.NewTrainer(backend, store, func(root *model.Scope, x *graph.Node) *graph.Node {
		return graph.Mul(root.Store().GetVariable("/w").NodeValue(x.Graph()), x)
	}, loss.MeanSquaredError, optimizer.StochasticGradientDescent().WithDecay(false).Done(), nil, nil)
	fmt.Print("evaluation losses:")
	for step := range 3 {
		if step > 0 {
			for batch := range (one{}).Iter() {
				must(trainer.TrainStep(batch))
			}
		}
		value := must(store.GetVariable("/w").Value())
		fmt.Printf(" w=%.3f loss=%.3f", tensors.ToScalar[float32](value), tensors.ToScalar[float32](must(trainer.Eval(one{}))[0]))
	}
	fmt.Println()
}
GO
export GOTOOLCHAIN=go1.27.4 GOFLAGS=-mod=mod CGO_ENABLED=0
go mod init finding >/dev/null 2>&1
run() {
	go get "github.com/gomlx/gomlx@$1" "github.com/gomlx/compute@$2" >get.log 2>&1 || { cat get.log; exit 1; }
	echo "GoMLX $1, compute $2"
	go run . | tee out
}
run v0.28.14 v0.1.12
grep -qx 'w times 10: w=1 gives 10 w=2 gives 20' out
grep -qx 'evaluation losses: w=0.000 loss=9.000 w=0.600 loss=5.760 w=1.080 loss=3.686' out
run v0.28.16 v0.1.14
grep -qx 'w times 10: w=1 gives 10 w=2 gives 10' out
grep -qx 'evaluation losses: w=0.000 loss=9.000 w=0.600 loss=9.000 w=1.080 loss=9.000' out
echo "as described: GoMLX v0.28.16, compute v0.1.14"
