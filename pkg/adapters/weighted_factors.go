package adapters

import (
	"errors"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/linalg"
)

// beside are the adapters' matrices beside each other, A times weight and scaling, so
// that B·A is the sum of the products: A [r, in] and B [out, r], r the sum of the ranks.
func beside(shares []share) (r int, A, B []float64) {
	for _, s := range shares {
		r += s.target.R
		for _, a := range s.A {
			A = append(A, float64(a)*s.weight*s.target.Scaling)
		}
	}
	for o := range shares[0].target.Out {
		for _, s := range shares {
			B = append(B, widened(s.B[o*s.target.R:(o+1)*s.target.R])...)
		}
	}
	return r, A, B
}

// singularOf is thinSVD, or an error that says what may be wrong.
func singularOf(m mat.Matrix) (linalg.SVD, error) {
	d, ok := linalg.ThinSVD(m)
	if !ok {
		return d, errors.New("the singular values were not found: are all the adapters' values finite?")
	}
	return d, nil
}

// singularOfSum is that of the sum of the adapters' products, by those of their matrices
// beside each other: the sum has few singular values, and to look for them in all of it
// takes seconds where the model is wide.
func singularOfSum(shares []share) (d linalg.SVD, err error) {
	r, A, B := beside(shares)
	left, errB := singularOf(mat.NewDense(shares[0].target.Out, r, B))
	right, errA := singularOf(mat.NewDense(r, shares[0].target.In, A))
	if err := errors.Join(errB, errA); err != nil {
		return d, err
	}
	var core mat.Dense // S_B·V_Bᵀ·U_A·S_A
	core.Mul(left.V.T(), &right.U)
	core.Apply(func(i, j int, x float64) float64 { return left.Values[i] * x * right.Values[j] }, &core)
	inner, err := singularOf(&core)
	if err != nil {
		return d, err
	}
	d.U.Mul(&left.U, &inner.U)
	d.V.Mul(&right.V, &inner.V)
	d.Values = inner.Values
	return d, nil
}

// factors are A [r, in] and B [out, r] whose product is the nearest of that rank, filled
// up with zeros where there are fewer singular values.
func factors(d linalg.SVD, r int) (A, B []float32) {
	out, _ := d.U.Dims()
	in, _ := d.V.Dims()
	A, B = make([]float32, r*in), make([]float32, out*r)
	for k := range min(r, len(d.Values)) {
		for i := range in {
			A[k*in+i] = float32(d.V.At(i, k))
		}
		for o := range out {
			B[o*r+k] = float32(d.U.At(o, k) * d.Values[k])
		}
	}
	return A, B
}

func widened(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, x := range values {
		wide[i] = float64(x)
	}
	return wide
}

func narrowed(values []float64) []float32 {
	narrow := make([]float32, len(values))
	for i, x := range values {
		narrow[i] = float32(x)
	}
	return narrow
}
