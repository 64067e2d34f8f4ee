// Package faulty has a function for each kind of fault, and some without.
package faulty

import "os"

// Numbers is any data.
type Numbers struct{ Values []float64 }

// Dereference fails with nil.
func Dereference(n *Numbers) int { return len(n.Values) }

// Index fails with what is no index.
func Index(i int) byte { return "text"[i] }

// First fails without elements.
func First[T any](list []T) T { return list[0] }

// Exit ends the process.
func Exit(string) { os.Exit(2) }

// Block never returns.
func Block() { select {} }

// Fine accepts everything.
func Fine(n *Numbers, i int) bool { return n != nil && i >= 0 && i < len(n.Values) }

// Table is made by a constructor.
type Table struct{ rows chan []float64 }

// Row panics without a constructor: the caller's mistake.
func (t *Table) Row(i int) float64 { return []float64{}[i] }

// Wait blocks without a constructor.
func (t *Table) Wait() { <-t.rows }
