package bfloat16

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
)

// builder builds functions of this package and keeps which it wrapped around what: GoMLX
// compares them.
type builder struct {
	compute.Builder
	backend *backend
}

func (b *builder) Main() compute.Function { return &function{b.Builder.Main(), b, nil} }

func (b *builder) NewFunction(name string) (compute.Function, error) {
	f, err := b.Builder.NewFunction(name)
	if err != nil {
		return nil, err
	}
	return &function{f, b, nil}, nil
}

func (b *builder) Compile() (compute.Executable, error) {
	e, err := b.Builder.Compile()
	if err != nil {
		return nil, err
	}
	return &executable{e, b.backend}, nil
}

// function is a function whose products are made in bfloat16. Values pass through as
// they are; functions given to others are unwrapped, for the engine knows its own only.
type function struct {
	compute.Function
	builder *builder
	parent  *function // of a closure
}

func (f *function) Builder() compute.Builder { return f.builder }

func (f *function) Parent() compute.Function {
	if f.parent == nil {
		return nil
	}
	return f.parent
}

func (f *function) Closure() (compute.Function, error) {
	c, err := f.Function.Closure()
	if err != nil {
		return nil, err
	}
	return &function{c, f.builder, f}, nil
}

// DotGeneral makes the product of float32 factors from their bfloat16 roundings, with
// a float32 result; products of other types are left alone.
func (f *function) DotGeneral(
	lhs compute.Value, lhsContractingAxes, lhsBatchAxes []int,
	rhs compute.Value, rhsContractingAxes, rhsBatchAxes []int,
	config compute.DotGeneralConfig,
) (compute.Value, error) {
	plain, err := f.plain(lhs, rhs, config)
	plain = plain && len(lhsBatchAxes) == 0
	if err != nil {
		return nil, err
	}
	if plain {
		if lhs, err = f.ConvertDType(lhs, dtypes.BFloat16); err != nil {
			return nil, err
		}
		if rhs, err = f.ConvertDType(rhs, dtypes.BFloat16); err != nil {
			return nil, err
		}
		// Said to be bfloat16, the accumulator is the plugin's choice, which is float32
		// where the result is.
		config = compute.DotGeneralConfig{AccumulatorDType: dtypes.BFloat16, OutputDType: dtypes.Float32}
	}
	product, err := f.Function.DotGeneral(lhs, lhsContractingAxes, lhsBatchAxes, rhs, rhsContractingAxes, rhsBatchAxes, config)
	if err != nil || !plain {
		return product, err
	}
	zero, err := f.Constant([]float32{0})
	if err != nil {
		return nil, err
	}
	out, err := f.OptimizationBarrier(product, zero)
	if err != nil {
		return nil, err
	}
	return out[0], nil
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

func (f *function) Call(callee compute.Function, inputs ...compute.Value) ([]compute.Value, error) {
	return f.Function.Call(unwrap(callee), inputs...)
}

func (f *function) Sort(comparator compute.Function, axis int, isStable bool, inputs ...compute.Value) ([]compute.Value, error) {
	return f.Function.Sort(unwrap(comparator), axis, isStable, inputs...)
}

func (f *function) While(cond, body compute.Function, initialState ...compute.Value) ([]compute.Value, error) {
	return f.Function.While(unwrap(cond), unwrap(body), initialState...)
}

func (f *function) If(pred compute.Value, trueBranch, falseBranch compute.Function) ([]compute.Value, error) {
	return f.Function.If(pred, unwrap(trueBranch), unwrap(falseBranch))
}

func unwrap(f compute.Function) compute.Function {
	if own, ok := f.(*function); ok {
		return own.Function
	}
	return f
}
