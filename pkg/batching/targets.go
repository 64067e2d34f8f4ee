package batching

import (
	"fmt"
	"math"
	"slices"
)

// Targets are what a graph learns to predict, one for each example: [Classes], [MultiHot],
// [Values] or [TokenClasses].
type Targets interface {
	// Len returns the number of examples.
	Len() int

	check(example int) string // the reason why an example's target cannot be used; "" if it can
	set(b *Batch)             // sets the targets of the examples in a batch; filler has 0
}

// Classes are targets of one class per example, as indices from 0. Their tensor is int32 [rows].
type Classes []int

// Len implements Targets.
func (c Classes) Len() int { return len(c) }

func (c Classes) check(example int) string {
	if label := c[example]; label < 0 || label > math.MaxInt32 {
		return fmt.Sprintf("label %d: expected 0 or more", label)
	}
	return ""
}

func (c Classes) set(b *Batch) {
	b.Labels = make([]int32, b.examples())
	for i, example := range b.Index {
		b.Labels[i] = int32(c[example])
	}
}

// MultiHot are targets of any number of classes per example, none included. Their tensor is
// float32 [rows, Classes], 1 for the example's classes and 0 for all others.
type MultiHot struct {
	Labels  [][]int // the classes of each example, as indices from 0
	Classes int     // number of all classes
}

// Len implements Targets.
func (m MultiHot) Len() int { return len(m.Labels) }

func (m MultiHot) check(example int) string {
	for i, label := range m.Labels[example] {
		if label < 0 || label >= m.Classes {
			return fmt.Sprintf("label %d: expected 0 to %d, for %d classes", label, m.Classes-1, m.Classes)
		}
		if slices.Contains(m.Labels[example][:i], label) {
			return fmt.Sprintf("its labels are %v: expected each once", m.Labels[example])
		}
	}
	return ""
}

func (m MultiHot) set(b *Batch) {
	b.Values, b.Width = make([]float32, b.examples()*m.Classes), m.Classes
	for i, example := range b.Index {
		for _, label := range m.Labels[example] {
			b.Values[i*m.Classes+label] = 1
		}
	}
}

// Values are targets of one number per example. Their tensor is float32 [rows].
type Values []float64

// Len implements Targets.
func (v Values) Len() int { return len(v) }

func (v Values) check(example int) string {
	if value := float64(float32(v[example])); math.IsNaN(value) || math.IsInf(value, 0) {
		return fmt.Sprintf("value %v: expected a finite number in the range of float32", v[example])
	}
	return ""
}

func (v Values) set(b *Batch) {
	b.Values = make([]float32, b.examples())
	for i, example := range b.Index {
		b.Values[i] = float32(v[example])
	}
}

// Ignored is the label of a token that the loss does not count, as in torch.nn.CrossEntropyLoss.
const Ignored = -100

// TokenClasses are targets of one class per token, as indices from 0, or [Ignored]. Their tensor
// is int32 [rows, length], Ignored for padding and filler.
type TokenClasses [][]int32

// Len implements Targets.
func (c TokenClasses) Len() int { return len(c) }

func (c TokenClasses) check(example int) string {
	for token, label := range c[example] {
		if label < 0 && label != Ignored {
			return fmt.Sprintf("label %d of token %d: expected 0 or more, or %d for none", label, token, Ignored)
		}
	}
	return ""
}

func (c TokenClasses) set(b *Batch) {
	b.Labels, b.PerToken = slices.Repeat([]int32{Ignored}, b.Rows*b.Length), true
	for i, example := range b.Index {
		copy(b.Labels[b.Start(i):], c[example])
	}
}

// examples returns the number of examples of the batch, filler included.
func (b *Batch) examples() int {
	if b.Packed == nil {
		return b.Rows
	}
	return b.Packed.Examples
}
