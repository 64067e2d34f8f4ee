// Package stratify divides examples into two parts whose shares of each label, or of each range
// of a number, are those of the whole:
//
//	drawn := stratify.Iterative(elements, labels, n, stratify.Options{Rand: rng}) // several labels each
//	bins := stratify.Quantiles(values, 10, rng)                                   // a number each
//
// Both depend on the arguments and the generator alone.
package stratify

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// Element is one example, or several that must not be divided.
type Element struct {
	Size   int32   // its number of examples
	Counts []Count // its labels in ascending order; none for examples without a label
}

// Count is the number of examples of an element that have a label.
type Count struct{ Label, N int32 }

// Options are the conditions of a division.
type Options struct {
	Rand *rand.Rand
	// KeepEach leaves an element of each label in the rest, those of the rarest labels first, as
	// far as the rest has room.
	KeepEach bool
	// Excluded marks elements that are not drawn; nil for none. Others replace them, and the
	// other drawn elements do not change.
	Excluded []bool
}

// Iterative draws elements with n examples together and marks them. Each label has the same
// share among the drawn examples as among all, as nearly as its examples' other labels allow.
// It is the iterative stratification of Sechidis, Tsoumakas and Vlahavas, "On the Stratification
// of Multi-Label Data" (ECML PKDD 2011), for two subsets: the examples of the rarest label are
// assigned first, each to the subset that wants more of this label. Differences from the paper:
//
//   - Examples without a label are assigned as those of a label of their own.
//   - A label has at least one drawn example, if n is at least the number of labels, and the
//     label has two examples or KeepEach is false.
//   - The paper's subsets have about the wanted sizes. Here the elements whose move changes the
//     shares least are moved until exactly n examples are drawn, and pairs are exchanged as long
//     as this lessens the sum of the squared deviations of the labels.
//
// Elements of more than one example may leave fewer drawn examples than n, but at least one
// element in each part if there are two.
//
// Labels are numbered from 0 to labels-1. n must be between 1 and the number of the examples that
// are not excluded.
func Iterative(elements []Element, labels, n int, options Options) []bool {
	d := newDivision(elements, labels, n, options)
	if options.KeepEach {
		d.reserve()
	}
	d.assign(options)
	d.resize()
	d.exchange()
	if options.Excluded != nil {
		d.exclude(options.Excluded)
	}
	if d.size == 0 {
		d.drawSmallest()
	}
	drawn := make([]bool, len(elements))
	for e, p := range d.part {
		drawn[e] = p == inDraw
	}
	return drawn
}

// The parts of a division.
type part int8

const (
	unassigned part = iota
	inDraw
	inRest
)

// division is a division in progress. Its numbers of examples are exact: they are multiplied by
// all, the number of examples, so that n times the share of a label is whole.
type division struct {
	elements []Element
	order    []int // the elements in random order, large ones first
	n, all   int64
	counts   []int64 // examples of each label; the last label is that of examples without one
	wanted   []int64 // examples of each label to be drawn, times all
	part     []part
	fixed    []bool  // elements that stay in the rest
	size     int64   // drawn examples
	excess   []int64 // drawn examples of each label more than wanted, times all
	kinds    [][]int // the elements with the same size and labels, in order
}

func newDivision(elements []Element, labels, n int, options Options) *division {
	d := &division{
		elements: make([]Element, len(elements)), order: make([]int, len(elements)), n: int64(n),
		counts: make([]int64, labels+1), wanted: make([]int64, labels+1), part: make([]part, len(elements)), fixed: make([]bool, len(elements)), excess: make([]int64, labels+1),
	}
	for i, e := range elements {
		d.order[i] = i
		if len(e.Counts) == 0 {
			e.Counts = []Count{{int32(labels), e.Size}}
		}
		d.elements[i] = e
		d.all += int64(e.Size)
		for _, c := range e.Counts {
			d.counts[c.Label] += int64(c.N)
		}
	}
	options.Rand.Shuffle(len(d.order), func(i, j int) { d.order[i], d.order[j] = d.order[j], d.order[i] })
	slices.SortStableFunc(d.order, func(a, b int) int { return cmp.Compare(d.elements[b].Size, d.elements[a].Size) })
	d.setWanted(options)
	return d
}

// setWanted wants the share of each label, and at least one example if n has room for that.
func (d *division) setWanted(options Options) {
	present := int64(0)
	for _, count := range d.counts {
		if count > 0 {
			present++
		}
	}
	least := int64(1) // examples of a label with one in the draw
	if options.KeepEach {
		least = 2
	}
	for l, count := range d.counts {
		d.wanted[l] = d.n * count
		if present <= d.n && count >= least {
			d.wanted[l] = max(d.wanted[l], d.all)
		}
		d.excess[l] = -d.wanted[l]
	}
}

// reserve fixes an element of each label in the rest.
func (d *division) reserve() {
	labels := make([]int, 0, len(d.counts))
	for l, count := range d.counts {
		if count > 0 {
			labels = append(labels, l)
		}
	}
	slices.SortStableFunc(labels, func(a, b int) int { return cmp.Compare(d.counts[a], d.counts[b]) })
	smallest := make([]int, len(d.counts)) // of each label, plus 1; the last one in order is the smallest
	for _, e := range d.order {
		for _, c := range d.elements[e].Counts {
			smallest[c.Label] = e + 1
		}
	}
	room := d.all - d.n
	has := make([]bool, len(d.counts))
	for _, l := range labels {
		e := smallest[l] - 1
		if has[l] || int64(d.elements[e].Size) > room {
			continue
		}
		room -= int64(d.elements[e].Size)
		d.fixed[e] = true
		d.put(e, inRest)
		for _, c := range d.elements[e].Counts {
			has[c.Label] = true
		}
	}
}

// assign is the iterative stratification.
func (d *division) assign(options Options) {
	// want are the examples of each label that the draw and the rest still want, times all.
	want := [2][]int64{make([]int64, len(d.counts)), make([]int64, len(d.counts))}
	sizes := [2]int64{d.n * d.all, (d.all - d.n) * d.all}
	members := make([][]int, len(d.counts))
	left := make([]int64, len(d.counts)) // unassigned examples of each label
	for l, count := range d.counts {
		want[0][l] = d.wanted[l]
		want[1][l] = count*d.all - want[0][l]
	}
	for _, e := range d.order {
		for _, c := range d.elements[e].Counts {
			if d.part[e] == unassigned {
				members[c.Label] = append(members[c.Label], e)
				left[c.Label] += int64(c.N)
			} else {
				want[1][c.Label] -= int64(c.N) * d.all
			}
		}
		if d.part[e] != unassigned {
			sizes[1] -= int64(d.elements[e].Size) * d.all
		}
	}
	for {
		rarest := -1
		for l, count := range left {
			if count > 0 && (rarest < 0 || count < left[rarest]) {
				rarest = l
			}
		}
		if rarest < 0 {
			return
		}
		for _, e := range members[rarest] {
			if d.part[e] != unassigned {
				continue
			}
			by := cmp.Or(cmp.Compare(want[0][rarest], want[1][rarest]), cmp.Compare(sizes[0], sizes[1]))
			if by == 0 {
				by = 2*options.Rand.IntN(2) - 1
			}
			to, index := inDraw, 0
			if by < 0 {
				to, index = inRest, 1
			}
			d.put(e, to)
			sizes[index] -= int64(d.elements[e].Size) * d.all
			for _, c := range d.elements[e].Counts {
				want[index][c.Label] -= int64(c.N) * d.all
				left[c.Label] -= int64(c.N)
			}
		}
	}
}

// put moves an element to a part.
func (d *division) put(e int, to part) {
	sign := int64(0)
	switch {
	case to == inDraw && d.part[e] != inDraw:
		sign = 1
	case to != inDraw && d.part[e] == inDraw:
		sign = -1
	}
	d.part[e] = to
	d.size += sign * int64(d.elements[e].Size)
	for _, c := range d.elements[e].Counts {
		d.excess[c.Label] += sign * int64(c.N) * d.all
	}
}
