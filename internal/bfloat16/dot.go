package bfloat16

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// DotGeneral makes the product of float32 matrices from their bfloat16 roundings, with
// a float32 result. Products of other types are left alone, and so are batches of
// products, such as attention's: not all of their forms have a kernel for bfloat16.
func (f *function) DotGeneral(
	lhs compute.Value, lhsContractingAxes, lhsBatchAxes []int,
	rhs compute.Value, rhsContractingAxes, rhsBatchAxes []int,
	config compute.DotGeneralConfig,
) (compute.Value, error) {
	plain, err := f.plain(lhs, rhs, config)
	if err != nil {
		return nil, err
	}
	if !plain || len(lhsBatchAxes) > 0 {
		return f.Function.DotGeneral(lhs, lhsContractingAxes, lhsBatchAxes, rhs, rhsContractingAxes, rhsBatchAxes, config)
	}
	if lhs, err = f.ConvertDType(lhs, dtypes.BFloat16); err != nil {
		return nil, err
	}
	if rhs, err = f.ConvertDType(rhs, dtypes.BFloat16); err != nil {
		return nil, err
	}
	// Said to be bfloat16, the accumulator is the plugin's choice, which is float32
	// where the result is.
	config = compute.DotGeneralConfig{AccumulatorDType: dtypes.BFloat16, OutputDType: dtypes.Float32}
	product, err := f.Function.DotGeneral(lhs, lhsContractingAxes, nil, rhs, rhsContractingAxes, nil, config)
	if err != nil {
		return nil, err
	}
	return f.fence(product)
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
