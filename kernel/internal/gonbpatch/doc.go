// Package gonbpatch prepares the source of GoNB for a build with corrections that GoNB's
// release lacks:
//
//	args, err := gonbpatch.BuildArgs(ctx, "go", moduleDir, workDir)
//	cmd := exec.Command("go", append(append([]string{"build"}, args...), "github.com/janpfeifer/gonb")...)
//	cmd.Dir = moduleDir
//
// The corrected source is a copy of the version that the module requires, in workDir; no code
// of GoNB is in this module. docs/upstream.md describes the corrections:
//
//   - A failed cell aborts the cells behind it in the queue, as Jupyter's protocol requests with
//     stop_on_error. Without it, "Run All" continues after an error.
//   - An interrupted program has two minutes, not five seconds, to end its step and write a
//     checkpoint. A second interrupt kills it at once.
package gonbpatch
