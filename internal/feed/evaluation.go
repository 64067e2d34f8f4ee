package feed

import (
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// evaluationTokens is the size of a batch without gradients, padding included: so small that
// what one operation writes is still in the processor's caches when the next one reads it,
// and that reviews of like length fill a batch. 512 and 2,048 are slower.
const evaluationTokens = 1024

// EvaluationBatches are the options of batches without gradients, of texts of at most
// maxLength tokens.
func EvaluationBatches(t *tokenizers.Tokenizer, maxLength int) batching.Options {
	return batching.Options{Tokens: max(evaluationTokens, maxLength), Lengths: batching.LengthsUpTo(maxLength), Pad: t.PAD()}
}
