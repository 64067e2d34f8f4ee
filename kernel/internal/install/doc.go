// Package install installs the requirements of Go notebooks: the GoNB kernel and its tools at
// this module's pinned versions, Jupyter's kernelspec with the environment of the cells, XLA's
// CPU plugin, and the library for interactive charts:
//
//	err := install.Run(ctx, install.Options{}, os.Stdout)
//
// Each step only installs missing or outdated parts, so that a second run changes nothing and
// is fast. Every file appears whole or not at all. Concurrent installations wait for each
// other.
package install
