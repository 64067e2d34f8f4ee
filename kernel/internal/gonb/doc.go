// Package gonb knows how GoNB, the Go kernel for Jupyter, reads a cell, and warns of cells
// of which it makes something else than a Go programmer expects. It follows GoNB v0.11.5;
// docs/gonb.md describes each trap.
package gonb
