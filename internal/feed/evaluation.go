package feed

import (
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

// programTokens is the number of tokens that take longer to compute than a program for another
// length takes to compile: several seconds with bert-base-cased, and half a second with a model of a
// few layers.
const programTokens = 8192

// BatchesFor is [EvaluationBatches] for the given examples, with lengths between the default ones if
// they save enough padding.
func BatchesFor(ids [][]int32, t *tokenizers.Tokenizer, maxLength int) batching.Options {
	o := EvaluationBatches(t, maxLength)
	o.Lengths = batching.LengthsFor(ids, maxLength, programTokens)
	return o
}
