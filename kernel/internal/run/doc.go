// Package run executes notebooks on their kernels, without Python and without a browser,
// and saves them as Jupyter would.
//
// A notebook's parameters are the Go variables that its cell tagged "parameters"
// declares:
//
//	var (
//		model  = "bert-base-cased" // folder or hub name
//		epochs = 2
//		limit  = 30 * time.Minute
//	)
//
// A run's values are written to a separate cell with the tag "injected-parameters", directly
// after it. In GoNB a later declaration replaces an earlier one with the same name, grouped or
// not. Every cell is a new program, so that values computed from a parameter use its new value.
//
// A cell fails if its kernel reports a failure. It also fails after a shell command (!, %%bash,
// %%sh, %%script) that ends with an error, or an unknown special command (%), which GoNB
// reports as ok. A cell with the tag "raises-exception" may fail. A cell with the tag
// "skip-execution" is skipped and keeps its outputs, as in nbconvert, since it prompts a user.
// For the same reason a cell that waits for input fails.
//
// The saved notebook contains no times: the same results produce the same file.
package run
