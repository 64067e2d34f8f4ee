// Package gonb implements the rules by which GoNB, the Go kernel for Jupyter, reads a cell:
//
//	for _, warning := range gonb.Lint(notebook) {
//		fmt.Println(warning)
//	}
//
// It warns of cells that behave differently than in a Go package. It follows GoNB v0.11.5;
// docs/gonb.md describes each trap.
package gonb
