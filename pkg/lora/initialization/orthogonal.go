package initialization

import (
	"math/rand/v2"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/linalg"
)

// Orthogonal draws A and B in orthogonal spaces, so that B·A is zero though neither is; the
// rank must be even. PEFT's "orthogonal".
const Orthogonal = "orthogonal"

var orthogonal = Method{
	Name:          Orthogonal,
	PEFT:          Orthogonal,
	Draw:          drawOrthogonal,
	DrawEmbedding: drawEmbedding,
	EvenRank:      true,
}

// drawOrthogonal draws an orthogonal matrix [r, r]. A gets the space of one half of its rows
// and B the space of the other half, each by random factors divided by 10.
func drawOrthogonal(rng *rand.Rand, m Module) (A, B []float32) {
	var qr mat.QR
	qr.Factorize(linalg.Gaussian(rng, m.Rank, m.Rank))
	var q, a, b mat.Dense
	qr.QTo(&q)
	odd, even := mat.NewDense(m.Rank/2, m.Rank, nil), mat.NewDense(m.Rank/2, m.Rank, nil)
	for i := range m.Rank / 2 {
		odd.SetRow(i, q.RawRowView(2*i))
		even.SetRow(i, q.RawRowView(2*i+1))
	}
	a.Mul(odd.T(), linalg.Gaussian(rng, m.Rank/2, m.In))
	b.Mul(linalg.Gaussian(rng, m.Out, m.Rank/2), even)
	for _, matrix := range []*mat.Dense{&a, &b} {
		matrix.Apply(func(_, _ int, v float64) float64 { return v / 10 }, matrix)
	}
	return linalg.Flat32(&a), linalg.Flat32(&b)
}
