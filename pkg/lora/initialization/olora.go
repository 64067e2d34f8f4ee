package initialization

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/linalg"
)

// OLoRA moves a part of the weight into A and B: of W = Q·R (QR decomposition) B is the first
// r columns of Q, and A the first r rows of R. Büyükakyüz 2024,
// https://arxiv.org/abs/2406.01775; PEFT's "olora".
const OLoRA = "olora"

var olora = Method{
	Name: OLoRA,
	PEFT: OLoRA,
	FromWeight: func(_ *rand.Rand, m Module, W *mat.Dense) (A, B []float32, err error) {
		Q := mat.DenseCopyOf(W.Slice(0, m.Out, 0, m.Rank)) // the first r columns of W fix those of Q
		linalg.Orthonormalize(Q)
		var R mat.Dense
		R.Mul(Q.T(), W)
		return linalg.Flat32(&R), linalg.Flat32(Q), nil
	},
}
