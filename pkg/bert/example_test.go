package bert_test

import (
	"context"
	"fmt"
	"log"
	"slices"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // the backend in pure Go
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// backend computes with pure Go, without a bound on its workers.
var backend = openBackend()

func openBackend() compute.Backend {
	backend, err := compute.NewWithConfig("go:parallelism=-1")
	if err != nil {
		log.Fatal(err)
	}
	return backend
}

// The masked-language-model head of the embedded model predicts a masked word.
func Example() {
	m, err := bert.Open(context.Background(), tiny.Name, bert.Options{Head: bert.MaskedLM})
	if err != nil {
		log.Fatal(err)
	}

	ids := m.Tokenizer.Encode("This is the best [MASK] I have ever seen.", 0)
	lengths := []int32{int32(len(ids))}
	best, err := model.CallOnce(backend, m.Store, func(scope *model.Scope, ids, lengths *graph.Node) *graph.Node {
		scores := m.Encoder().MaskedLogits(scope, bert.PaddedInputs(ids, lengths)) // [1, seq, vocab]
		return graph.ArgMax(scores, -1)                                            // [1, seq]
	}, [][]int32{ids}, lengths)
	if err != nil {
		log.Fatal(err)
	}
	predicted := tensors.MustCopyFlatData[int32](best)[slices.Index(ids, m.Tokenizer.MASK())]
	fmt.Println(m.Tokenizer.Decode([]int32{predicted}))
	// Output:
	// movie
}
