package feed

import (
	"slices"

	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// evaluationTokens is the size of a batch without gradients, padding included. The output of an
// operation is then still in the processor's caches when the next one reads it, and texts of
// similar length fill a batch. 512 and 2,048 are slower.
const evaluationTokens = 1024

// EvaluationBatches returns the options for batches without gradients, of texts with at most
// maxLength tokens.
func EvaluationBatches(t *tokenizers.Tokenizer, maxLength int) batching.Options {
	return batching.Options{Tokens: max(evaluationTokens, maxLength), Lengths: batching.LengthsUpTo(maxLength), Pad: t.PAD()}
}

// packedLength is the length of rows that short texts share. A longer one would pack them more tightly,
// but the cost of attention grows with it.
const packedLength = 128

// BatchesFor is [EvaluationBatches] for the given examples and a model with layerWeights weights in the
// matrices of one layer, with the lengths of [LengthsFor]. With packed, short examples share rows if that
// saves more than the compilation of the program costs.
func BatchesFor(ids [][]int32, t *tokenizers.Tokenizer, maxLength, layerWeights int, packed bool) batching.Options {
	o := EvaluationBatches(t, maxLength)
	if packed {
		o.Packed = batching.PackedLength(ids, o.Lengths, packedLength, o.Tokens, programTokens(layerWeights))
	}
	others := slices.DeleteFunc(slices.Clone(ids), func(example []int32) bool { return len(example) <= o.Packed/2 })
	o.Lengths = LengthsFor(others, maxLength, layerWeights)
	return o
}
