package feed

import "github.com/lorabook/lorabook/pkg/batching"

// compilationWork is the number of multiplications that take as long as XLA needs to compile one
// layer: about 0.1 s on two cores. Both the compilation and the computation of a text are
// proportional to the number of layers.
const compilationWork = 7e9

// programTokens is the number of tokens that take as long to compute as a program takes to compile.
func programTokens(layerWeights int) int {
	return int(compilationWork / float64(max(1, layerWeights)))
}

// trainingPrograms is the number of programs for an evaluation that cost as much as one for a training,
// compared with their tokens. On two cores, bert-base's program for LoRA on query and value takes 5 s, for
// LoRA on all linear layers 8 to 12 s, as long as 3,000 tokens in float32 and 14,000 in bfloat16. It keeps
// 60 to 120 MB of memory.
const trainingPrograms = 8

// LengthsFor returns lengths of batches for the given examples of at most maxLength tokens, for a model
// with layerWeights weights in the matrices of one layer: the default lengths, and between them those
// that save more padding than their compilation costs.
func LengthsFor(ids [][]int32, maxLength, layerWeights int) []int {
	return batching.LengthsFor(ids, maxLength, programTokens(layerWeights))
}

// TrainingLengths is [LengthsFor] for the batches of a training, whose programs cost more.
func TrainingLengths(ids [][]int32, maxLength, layerWeights int) []int {
	return batching.LengthsFor(ids, maxLength, trainingPrograms*programTokens(layerWeights))
}
