package bfloat16

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// DotGeneral computes the product of float32 matrices, or of batches of them such as attention's,
// from the factors rounded to bfloat16, with a float32 result. Products of other types and shapes
// are unchanged.
func (f *function) DotGeneral(
	lhs compute.Value, lhsContractingAxes, lhsBatchAxes []int,
	rhs compute.Value, rhsContractingAxes, rhsBatchAxes []int,
	config compute.DotGeneralConfig,
) (compute.Value, error) {
	plain, err := f.plain(lhs, rhs, config)
	if err != nil {
		return nil, err
	}
	left, right := operand{lhs, lhsContractingAxes, lhsBatchAxes}, operand{rhs, rhsContractingAxes, rhsBatchAxes}
	matrices, err := f.matrices(left, right)
	if err != nil {
		return nil, err
	}
	batch := len(left.batch) > 0
	if !plain || batch && !matrices {
		return f.Function.DotGeneral(lhs, lhsContractingAxes, lhsBatchAxes, rhs, rhsContractingAxes, rhsBatchAxes, config)
	}
	for _, o := range []*operand{&left, &right} {
		if o.value, err = f.ConvertDType(o.value, dtypes.BFloat16); err != nil {
			return nil, err
		}
	}
	if !f.builder.backend.native {
		return f.exact(left, right, config)
	}
	if batch || matrices && left.contracting[0] < left.free() {
		return f.stacks(left, right)
	}
	return f.product(left, right)
}

// product returns the float32 product of two bfloat16 operands.
func (f *function) product(left, right operand) (compute.Value, error) {
	// With the accumulator type bfloat16, the plugin chooses the type, which is float32 for a
	// float32 result.
	config := compute.DotGeneralConfig{AccumulatorDType: dtypes.BFloat16, OutputDType: dtypes.Float32}
	product, err := f.Function.DotGeneral(left.value, left.contracting, left.batch, right.value, right.contracting, right.batch, config)
	if err != nil {
		return nil, err
	}
	return f.fence(product)
}

// exact returns the product of two bfloat16 operands, which the engine computes in float32.
func (f *function) exact(left, right operand, config compute.DotGeneralConfig) (compute.Value, error) {
	for _, o := range []*operand{&left, &right} {
		var err error
		if o.value, err = f.ConvertDType(o.value, dtypes.Float32); err != nil {
			return nil, err
		}
	}
	return f.Function.DotGeneral(left.value, left.contracting, left.batch, right.value, right.contracting, right.batch, config)
}

// operand is a factor with its contracting axes and its batch axes.
type operand struct {
	value              compute.Value
	contracting, batch []int
}

// matrices reports whether both operands are matrices or batches of matrices.
func (f *function) matrices(operands ...operand) (bool, error) {
	for _, o := range operands {
		shape, err := f.Shape(o.value)
		if err != nil {
			return false, err
		}
		if len(o.contracting) != 1 || shape.Rank() != len(o.batch)+2 {
			return false, nil
		}
	}
	return true, nil
}

// stacks returns the product of two stacks of matrices, or of two matrices, with one batch axis.
// XLA's CPU plugin has a kernel for bfloat16 if the batch axes come first, the left matrices are
// contracted along their rows (the right ones along either axis), and the memory layout follows
// the axes, which it does not for a transposed tensor before a reshape. Therefore all batch axes
// are merged into one, and a barrier keeps XLA from reverting this.
func (f *function) stacks(left, right operand) (compute.Value, error) {
	l, dims, err := f.stacked(left, left.free(), left.contracting[0])
	if err != nil {
		return nil, err
	}
	sum, free := 1, 2 // axes of the right stack
	rows, columns := right.contracting[0], right.free()
	if rows > columns {
		rows, columns, sum, free = columns, rows, free, sum
	}
	r, rightDims, err := f.stacked(right, rows, columns)
	if err != nil {
		return nil, err
	}
	both, err := f.OptimizationBarrier(l, r)
	if err != nil {
		return nil, err
	}
	product, err := f.product(operand{both[0], []int{2}, []int{0}}, operand{both[1], []int{sum}, []int{0}})
	if err != nil {
		return nil, err
	}
	n := len(left.batch)
	return f.Reshape(product, append(slices.Clone(dims[:n+1]), rightDims[n+free-1])...)
}

// stacked returns an operand as one stack of matrices with the two axes, and its dimensions
// before the batch axes were merged.
func (f *function) stacked(o operand, rows, columns int) (_ compute.Value, dims []int, err error) {
	v, err := f.Transpose(o.value, append(slices.Clone(o.batch), rows, columns)...)
	if err != nil {
		return nil, nil, err
	}
	shape, err := f.Shape(v)
	if err != nil {
		return nil, nil, err
	}
	dims = shape.Dimensions
	n, height := len(o.batch), 1
	for _, dim := range dims[:n] {
		height *= dim
	}
	v, err = f.Reshape(v, height, dims[n], dims[n+1])
	return v, dims, err
}

// free returns the axis of a matrix that is neither contracting nor a batch axis.
func (o operand) free() int {
	for axis := 0; ; axis++ {
		if axis != o.contracting[0] && !slices.Contains(o.batch, axis) {
			return axis
		}
	}
}

// plain reports whether a product has float32 operands and a float32 result.
func (f *function) plain(lhs, rhs compute.Value, config compute.DotGeneralConfig) (bool, error) {
	for _, v := range []compute.Value{lhs, rhs} {
		shape, err := f.Shape(v)
		if err != nil {
			return false, err
		}
		if shape.DType != dtypes.Float32 {
			return false, nil
		}
	}
	for _, t := range []dtypes.DType{config.AccumulatorDType, config.OutputDType} {
		if t != dtypes.InvalidDType && t != dtypes.Float32 {
			return false, nil
		}
	}
	return true, nil
}

// fence keeps XLA from moving a transposition of the result into the product. The product would
// then have two transposed factors, for which XLA's CPU plugin has no kernel ("Unsupported
// element type for DotThunk").
func (f *function) fence(v compute.Value) (compute.Value, error) {
	zero, err := f.Constant([]float32{0}) // go-xla ignores a barrier with one operand
	if err != nil {
		return nil, err
	}
	out, err := f.OptimizationBarrier(v, zero)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}
