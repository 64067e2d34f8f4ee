// Package install sets up everything a Go notebook needs on one machine: the GoNB
// kernel and its helpers at the versions this module pins, Jupyter's kernelspec with
// the environment a cell runs in, XLA's CPU plugin, and the library behind interactive
// charts.
//
// Each step looks first and works only where something is missing or out of date, so
// that a second run changes nothing and takes a moment. Every file appears whole or not
// at all. Two installations at once wait for each other.
package install
