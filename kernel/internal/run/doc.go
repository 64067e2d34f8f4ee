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
// Values given for a run come into a cell of their own, tagged "injected-parameters",
// right behind it. GoNB lets a later declaration replace an earlier one of the same
// name, grouped or not, and starts a new program for every cell, so that whatever was
// computed from a parameter follows it.
//
// A cell fails when its kernel says so, and also when GoNB does not: a shell command (!,
// %%bash, %%sh, %%script) that ends with an error or a special command (%) that GoNB
// does not know is to GoNB a cell that went well. A cell tagged "raises-exception" may
// fail; one tagged "skip-execution" is left out and keeps its outputs, as by nbconvert,
// since nobody is there whom it could ask. For the same reason a cell that waits for input
// fails.
//
// The saved notebook holds no times: the same results give the same file.
package run
