// Package hostile calls every exported function and method of the module's packages with arguments
// that no caller should pass: zero values, nil, negative and huge numbers, odd strings. Each must
// return, and neither panic, nor abort the process, nor block:
//
//	faults, err := hostile.Check(ctx, moduleDir, []string{"./pkg/metrics"}, 10*time.Second, nil)
//
// Two kinds of panics are the caller's own and no faults: those of functions that build a computation
// graph, by GoMLX's convention, and those of methods of a value that no constructor made, as in Go's
// standard library. Such a method must still not block or abort the process.
//
// Arguments of interfaces and of pointers to other modules' types are nil. A generic function is called
// with basic types.
package hostile
