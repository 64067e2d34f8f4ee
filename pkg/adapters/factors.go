package adapters

import (
	"errors"

	"gonum.org/v1/gonum/mat"

	"github.com/lorabook/lorabook/internal/linalg"
)

// concatenated joins the adapters' matrices, A multiplied by weight and scaling, so that B·A is
// the weighted sum of the products: A [r, in] and B [out, r] with r the sum of the ranks.
func concatenated(operands []operand) (r int, A, B []float64) {
	for _, p := range operands {
		r += p.target.R
		for _, a := range p.A {
			A = append(A, float64(a)*p.weight*p.target.Scaling)
		}
	}
	for o := range operands[0].target.Out {
		for _, p := range operands {
			B = append(B, widened(p.B[o*p.target.R:(o+1)*p.target.R])...)
		}
	}
	return r, A, B
}

// svdOf is [linalg.ThinSVD] with an error.
func svdOf(m mat.Matrix) (linalg.SVD, error) {
	d, ok := linalg.ThinSVD(m)
	if !ok {
		return d, errors.New("the singular value decomposition does not converge: expected adapters with finite values")
	}
	return d, nil
}

// svdOfSum decomposes the weighted sum of the adapters' products, by the decompositions of their
// concatenated matrices. The decomposition of the sum itself takes seconds for a wide model,
// though its rank is small.
func svdOfSum(operands []operand) (d linalg.SVD, err error) {
	r, A, B := concatenated(operands)
	left, errB := svdOf(mat.NewDense(operands[0].target.Out, r, B))
	right, errA := svdOf(mat.NewDense(r, operands[0].target.In, A))
	if err := errors.Join(errB, errA); err != nil {
		return d, err
	}
	var core mat.Dense // S_B·V_Bᵀ·U_A·S_A
	core.Mul(left.V.T(), &right.U)
	core.Apply(func(i, j int, x float64) float64 { return left.Values[i] * x * right.Values[j] }, &core)
	inner, err := svdOf(&core)
	if err != nil {
		return d, err
	}
	d.U.Mul(&left.U, &inner.U)
	d.V.Mul(&right.V, &inner.V)
	d.Values = inner.Values
	return d, nil
}

// factors are A [r, in] and B [out, r] whose product is the nearest of that rank, padded with
// zeros where there are fewer singular values.
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

// widened converts values to float64.
func widened(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, x := range values {
		wide[i] = float64(x)
	}
	return wide
}

// narrowed converts values to float32.
func narrowed(values []float64) []float32 {
	narrow := make([]float32, len(values))
	for i, x := range values {
		narrow[i] = float32(x)
	}
	return narrow
}
