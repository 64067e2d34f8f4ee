package finetune

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/classify"
)

// classification is the cross-entropy of the classes' logits and the labels [rows]. A row of
// length 0 is padding and is ignored.
func classification(l classify.Logits) trainer.Objective {
	return trainer.Objective{
		Signature: batching.Signature{Labels: true, Extra: l.Extra},
		Loss: func(root *model.Scope, in batching.Nodes) (sum, count *graph.Node) {
			scores := l.Build(root, in)                                                                            // [rows, labels]
			real := graph.ConvertDType(graph.GreaterThan(in.Lengths, graph.ZerosLike(in.Lengths)), dtypes.Float32) // [rows]
			return graph.ReduceAllSum(graph.Mul(trainer.CrossEntropy(scores, in.Labels), real)), graph.ReduceAllSum(real)
		},
	}
}
