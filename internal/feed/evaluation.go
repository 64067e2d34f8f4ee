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
