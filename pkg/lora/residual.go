package lora

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/linalg"
	"github.com/lorabook/lorabook/internal/random"
)

// singular is the share of a weight's largest singular value below which one is zero
// among float32s.
const singular = 0x1p-23

// decompose makes A [r, in] and B [out, r] of a target from its weight W [out, in], in
// float64, so that s·B·A is the part of W that the start moves into them.
func decompose(init string, seed int64, t Target, W []float32) (A, B []float32, err error) {
	fail := func(format string, args ...any) ([]float32, []float32, error) {
		return nil, nil, &StartError{t.Name, init, fmt.Sprintf(format, args...)}
	}
	values := make([]float64, len(W))
	for i, w := range W {
		values[i] = float64(w)
		if math.IsNaN(values[i]) || math.IsInf(values[i], 0) {
			return fail("its weight[%d, %d] is %v: load the model again", i/t.In, i%t.In, w)
		}
	}
	weight := mat.NewDense(t.Out, t.In, values)
	if init == InitOLoRA {
		A, B = t.olora(weight)
		return A, B, nil
	}
	var svd linalg.SVD
	ok := false
	if n, near := pissaPasses(init); near {
		svd, ok = t.lowRank(weight, t.omega(seed), n)
	} else {
		svd, ok = linalg.ThinSVD(weight)
	}
	if !ok {
		return fail("the singular value decomposition of its weight does not converge: take another start")
	}
	rank := 0
	for rank < len(svd.Values) && svd.Values[rank] > singular*svd.Values[0] {
		rank++
	}
	switch {
	case rank == 0:
		return fail("its weight is zero, and nothing would learn: leave the module out, or take another start")
	case rank < t.R:
		return fail("its weight has rank %d, so that of %d singular values %d are zero, with which nothing would learn: lower its rank to %[1]d, or take another start", rank, t.R, t.R-rank)
	}
	A, B = t.principal(svd)
	return A, B, nil
}

// principal gives A and B the first r singular values over s, a root to each.
func (t Target) principal(d linalg.SVD) (A, B []float32) {
	A, B = make([]float32, t.R*t.In), make([]float32, t.Out*t.R)
	for k := range t.R {
		root := math.Sqrt(d.Values[k] / t.Scaling)
		for i := range t.In {
			A[k*t.In+i] = float32(root * d.V.At(i, k))
		}
		for o := range t.Out {
			B[o*t.R+k] = float32(root * d.U.At(o, k))
		}
	}
	return A, B
}

// omega draws the directions in which lowRank looks first, [min(in, out), r].
func (t Target) omega(seed int64) *mat.Dense {
	return linalg.Gaussian(random.Named(seed, t.Name), min(t.In, t.Out), t.R)
}

// lowRank approximates the r largest singular values of a weight and their vectors, as
// torch.svd_lowrank does (Halko et al. 2009, arXiv:0909.4061, algorithm 5.1): in the
// space that omega spans after n passes over the weight and back.
func (t Target) lowRank(weight, omega *mat.Dense, n int) (d linalg.SVD, ok bool) {
	tall := mat.Matrix(weight)
	if t.Out < t.In {
		tall = weight.T()
	}
	rows, columns := tall.Dims()
	Q := mat.NewDense(rows, t.R, nil)
	Q.Mul(tall, omega)
	linalg.Orthonormalize(Q)
	back := mat.NewDense(columns, t.R, nil)
	for range n {
		back.Mul(tall.T(), Q)
		linalg.Orthonormalize(back)
		Q.Mul(tall, back)
		linalg.Orthonormalize(Q)
	}
	var small mat.Dense // [r, columns]
	small.Mul(Q.T(), tall)
	if d, ok = linalg.ThinSVD(&small); !ok {
		return d, false
	}
	var U mat.Dense
	U.Mul(Q, &d.U)
	d.U = U
	if t.Out < t.In {
		d.U, d.V = d.V, d.U
	}
	return d, true
}

// olora gives B the first r columns of Q, and A the first r rows of R, of Q·R = W. The
// first r columns of W settle those of Q.
func (t Target) olora(weight *mat.Dense) (A, B []float32) {
	Q := mat.DenseCopyOf(weight.Slice(0, t.Out, 0, t.R))
	linalg.Orthonormalize(Q)
	var R mat.Dense
	R.Mul(Q.T(), weight)
	return linalg.Flat32(&R), linalg.Flat32(Q)
}

// residual is W - s·B·A, what a start leaves of a weight.
func (t Target) residual(W, A, B []float32) []float32 {
	t.Scaling = -t.Scaling
	left := make([]float32, len(W))
	for i, v := range t.Whole(W, A, B) {
		left[i] = float32(v)
	}
	return left
}

// doubled joins what was trained with where it began: [A; A₀] and [B, -B₀], whose product
// B·A - B₀·A₀ is what was learned beside the weight as it was before the start.
func (t Target) doubled(A, B []float32, began parts) (A2, B2 []float32) {
	A2 = slices.Concat(A, began.A)
	for o := range t.Out {
		B2 = append(B2, B[o*t.R:(o+1)*t.R]...)
		for _, b := range began.B[o*t.R : (o+1)*t.R] {
			B2 = append(B2, -b)
		}
	}
	return A2, B2
}

// halved undoes doubled; false where the file's adapter began otherwise.
func (t Target) halved(A2, B2 []float32, began parts) (A, B []float32, ok bool) {
	A = A2[:t.R*t.In]
	for o := range t.Out {
		B = append(B, B2[2*o*t.R:(2*o+1)*t.R]...)
	}
	again, minus := t.doubled(A, B, began)
	return A, B, slices.Equal(again, A2) && slices.Equal(minus, B2)
}
