package bfloat16

import (
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// DotGeneral makes the product of float32 matrices from their bfloat16 roundings, with
// a float32 result; so too those of a batch, such as attention's. Products of other types
// are left alone, and so are batches of anything but matrices.
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
	if plain && len(left.batch) > 0 {
		if plain, err = f.matrices(left, right); err != nil {
			return nil, err
		}
	}
	if !plain {
		return f.Function.DotGeneral(lhs, lhsContractingAxes, lhsBatchAxes, rhs, rhsContractingAxes, rhsBatchAxes, config)
	}
	for _, o := range []*operand{&left, &right} {
		if o.value, err = f.ConvertDType(o.value, dtypes.BFloat16); err != nil {
			return nil, err
		}
	}
	if len(left.batch) > 0 {
		if left, right, err = f.inOrder(left, right); err != nil {
			return nil, err
		}
	}
	// Said to be bfloat16, the accumulator is the plugin's choice, which is float32
	// where the result is.
	config = compute.DotGeneralConfig{AccumulatorDType: dtypes.BFloat16, OutputDType: dtypes.Float32}
	product, err := f.Function.DotGeneral(left.value, left.contracting, left.batch, right.value, right.contracting, right.batch, config)
	if err != nil {
		return nil, err
	}
	return f.fence(product)
}

// operand is a factor with the axes that are summed over and those of the batch.
type operand struct {
	value              compute.Value
	contracting, batch []int
}

// matrices reports whether the two are matrices within their batches.
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

// inOrder turns batches of matrices so that the axes of the batch come first and the left
// matrices are summed over along their rows: otherwise XLA's CPU plugin has no kernel. It
// keeps XLA from turning them back. The right ones may lie either way.
func (f *function) inOrder(left, right operand) (_, _ operand, err error) {
	n := len(left.batch)
	batch := make([]int, n)
	for i := range batch {
		batch[i] = i
	}
	turned := func(o operand, last ...int) (compute.Value, error) {
		return f.Transpose(o.value, append(slices.Clone(o.batch), last...)...)
	}
	l, err := turned(left, left.free(), left.contracting[0])
	if err != nil {
		return left, right, err
	}
	sum := n // where the axis that is summed over comes to stand
	last := []int{right.contracting[0], right.free()}
	if last[0] > last[1] {
		last[0], last[1] = last[1], last[0]
		sum++
	}
	r, err := turned(right, last...)
	if err != nil {
		return left, right, err
	}
	both, err := f.OptimizationBarrier(l, r)
	if err != nil {
		return left, right, err
	}
	return operand{both[0], []int{n + 1}, batch}, operand{both[1], []int{sum}, batch}, nil
}

// free is the axis of a matrix in a batch that is neither summed over nor of the batch.
func (o operand) free() int {
	for axis := 0; ; axis++ {
		if axis != o.contracting[0] && !slices.Contains(o.batch, axis) {
			return axis
		}
	}
}

// plain reports whether a product is one of float32 throughout.
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

// fence keeps XLA from moving a transposition of the result into the product: it
// would become one of both factors transposed, for which its CPU plugin has no kernel
// ("Unsupported element type for DotThunk").
func (f *function) fence(v compute.Value) (compute.Value, error) {
	zero, err := f.Constant([]float32{0}) // go-xla passes over a barrier of one operand
	if err != nil {
		return nil, err
	}
	out, err := f.OptimizationBarrier(v, zero)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}
