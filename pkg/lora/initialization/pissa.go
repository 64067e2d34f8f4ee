package initialization

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/linalg"
)

// PiSSA moves a part of the weight into A and B: s·B·A is W's r largest singular values with
// their vectors, the root of each value in A and in B. Meng et al. 2024,
// https://arxiv.org/abs/2404.02948; PEFT's "pissa".
//
// "pissa_niter_N", with a whole number N from 0, computes it by a randomized decomposition
// with N passes over the weight and back, as PyTorch's svd_lowrank does. The result is
// approximate and depends on the seed. It takes a tenth of a second for a weight of 768 by
// 768, for which the exact decomposition takes 3.
const PiSSA = "pissa"

// singularTolerance is the share of the largest singular value below which a singular value
// is zero among float32s.
const singularTolerance = 0x1p-23

var pissa = Method{
	Name: PiSSA,
	PEFT: PiSSA,
	FromWeight: func(_ *rand.Rand, m Module, W *mat.Dense) (A, B []float32, err error) {
		svd, ok := linalg.ThinSVD(W)
		return principalFactors(m, svd, ok)
	},
}

// pissaPasses returns N of "pissa_niter_N".
func pissaPasses(name string) (n int, ok bool) {
	number, ok := strings.CutPrefix(name, PiSSA+"_niter_")
	if !ok {
		return 0, false
	}
	n, err := strconv.Atoi(number)
	return n, err == nil && n >= 0 && strconv.Itoa(n) == number
}

func pissaWithPasses(name string, passes int) Method {
	return Method{
		Name: name,
		PEFT: name,
		FromWeight: func(rng *rand.Rand, m Module, W *mat.Dense) (A, B []float32, err error) {
			svd, ok := lowRankSVD(m, W, linalg.Gaussian(rng, min(m.In, m.Out), m.Rank), passes)
			return principalFactors(m, svd, ok)
		},
	}
}

// principalFactors makes A and B of the first r singular values, each divided by s.
func principalFactors(m Module, svd linalg.SVD, converged bool) (A, B []float32, err error) {
	if !converged {
		return nil, nil, errors.New("the singular value decomposition of its weight does not converge: take another initialization")
	}
	rank := 0
	for rank < len(svd.Values) && svd.Values[rank] > singularTolerance*svd.Values[0] {
		rank++
	}
	switch {
	case rank == 0:
		return nil, nil, errors.New("its weight is zero, and nothing would learn: leave the module out, or take another initialization")
	case rank < m.Rank:
		return nil, nil, fmt.Errorf("its weight has rank %d, so that of %d singular values %d are zero, with which nothing would learn: lower its rank to %[1]d, or take another initialization", rank, m.Rank, m.Rank-rank)
	}
	A, B = zeros(m.Rank, m.In), zeros(m.Out, m.Rank)
	for k := range m.Rank {
		root := math.Sqrt(svd.Values[k] / m.Scaling)
		for i := range m.In {
			A[k*m.In+i] = float32(root * svd.V.At(i, k))
		}
		for o := range m.Out {
			B[o*m.Rank+k] = float32(root * svd.U.At(o, k))
		}
	}
	return A, B, nil
}

// lowRankSVD approximates the r largest singular values of a weight and their vectors, as
// PyTorch's svd_lowrank does (Halko et al. 2009, arXiv:0909.4061, algorithm 5.1): in the
// space that omega [min(in, out), r] spans after n passes over the weight and back.
func lowRankSVD(m Module, weight, omega *mat.Dense, n int) (svd linalg.SVD, ok bool) {
	tall := mat.Matrix(weight)
	if m.Out < m.In {
		tall = weight.T()
	}
	rows, columns := tall.Dims()
	Q := mat.NewDense(rows, m.Rank, nil)
	Q.Mul(tall, omega)
	linalg.Orthonormalize(Q)
	back := mat.NewDense(columns, m.Rank, nil)
	for range n {
		back.Mul(tall.T(), Q)
		linalg.Orthonormalize(back)
		Q.Mul(tall, back)
		linalg.Orthonormalize(Q)
	}
	var small mat.Dense // [r, columns]
	small.Mul(Q.T(), tall)
	if svd, ok = linalg.ThinSVD(&small); !ok {
		return svd, false
	}
	var U mat.Dense
	U.Mul(Q, &svd.U)
	svd.U = U
	if m.Out < m.In {
		svd.U, svd.V = svd.V, svd.U
	}
	return svd, true
}
