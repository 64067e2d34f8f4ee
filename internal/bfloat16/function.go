package bfloat16

import "github.com/gomlx/compute"

// builder builds functions of this package. It records the wrapper of each function, since GoMLX
// compares functions.
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

// function is a function with products in bfloat16. Values are not wrapped. Functions that are
// passed to the engine are unwrapped, since it accepts only its own.
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
