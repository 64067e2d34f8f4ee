package stratify

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

// groupKinds lists the elements by size and labels. Those of one kind are equal in every move.
func (d *division) groupKinds() {
	if d.kinds != nil {
		return
	}
	index := map[string]int{}
	var key []byte
	for _, e := range d.order {
		key = binary.AppendVarint(key[:0], int64(d.elements[e].Size))
		for _, c := range d.elements[e].Counts {
			key = binary.AppendVarint(binary.AppendVarint(key, int64(c.Label)), int64(c.N))
		}
		k, ok := index[string(key)]
		if !ok {
			k = len(d.kinds)
			index[string(key)] = k
			d.kinds = append(d.kinds, nil)
		}
		d.kinds[k] = append(d.kinds[k], e)
	}
}

// resize moves elements until n examples are drawn, or none fits.
func (d *division) resize() {
	for d.size != d.n {
		from, most := inRest, d.n-d.size
		if d.size > d.n {
			from, most = inDraw, d.size-d.n
		}
		e := d.best(from, func(size int64) bool { return size <= most }, nil)
		if e < 0 && from == inRest {
			return
		}
		if e < 0 { // each drawn element has more examples than there are too many
			e = d.best(from, func(int64) bool { return true }, nil)
		}
		d.put(e, other(from))
	}
}

// maxOut is the number of kinds that exchange tries to move out.
const maxOut = 64

// exchange exchanges pairs of equal size, each time the best pair, as long as this lessens the sum
// of squared deviations. Of many kinds it tries to move those out whose move alone is best. The
// bound on the number of exchanges is for data with many labels and kinds; few are needed, since
// the division is close to the best one before.
func (d *division) exchange() {
	for range 50 + 2*len(d.counts) {
		bestOut, bestIn, least := -1, -1, int64(0)
		for _, out := range d.movable() {
			gain := d.cost(out, inDraw)
			d.put(out, inRest)
			in := d.best(inRest, func(size int64) bool { return size == int64(d.elements[out].Size) }, nil)
			if in >= 0 {
				if sum := gain + d.cost(in, inRest); sum < least {
					bestOut, bestIn, least = out, in, sum
				}
			}
			d.put(out, inDraw)
		}
		if bestOut < 0 {
			return
		}
		d.put(bestOut, inRest)
		d.put(bestIn, inDraw)
	}
}

// movable returns the first drawn element of each kind, at most maxOut, the best ones to move first.
func (d *division) movable() (list []int) {
	d.groupKinds()
	for _, kind := range d.kinds {
		if i := slices.IndexFunc(kind, func(e int) bool { return d.part[e] == inDraw }); i >= 0 {
			list = append(list, kind[i])
		}
	}
	slices.SortStableFunc(list, func(a, b int) int { return cmp.Compare(d.cost(a, inDraw), d.cost(b, inDraw)) })
	return list[:min(len(list), maxOut)]
}

// exclude moves the excluded elements to the rest and draws others. The elements that were to
// stay in the rest are the last ones to be drawn.
func (d *division) exclude(excluded []bool) {
	for e, out := range excluded {
		if out && d.part[e] == inDraw {
			d.put(e, inRest)
		}
	}
	for _, fixed := range [][]bool{d.fixed, make([]bool, len(d.fixed))} {
		d.fixed = fixed
		for d.size < d.n {
			most := d.n - d.size
			e := d.best(inRest, func(size int64) bool { return size <= most }, excluded)
			if e < 0 {
				break
			}
			d.put(e, inDraw)
		}
	}
}

// drawSmallest draws the smallest element that may be drawn, if others stay.
func (d *division) drawSmallest() {
	if len(d.elements) < 2 {
		return
	}
	for i := len(d.order) - 1; i >= 0; i-- {
		if e := d.order[i]; !d.fixed[e] {
			d.put(e, inDraw)
			return
		}
	}
}

// best returns the element of a part whose move to the other one leaves the least sum of squared
// deviations, the first one in order of equal ones, or -1. fits decides by the size; fixed and
// excluded elements stay.
func (d *division) best(from part, fits func(size int64) bool, excluded []bool) int {
	d.groupKinds()
	best, least := -1, int64(math.MaxInt64)
	for _, kind := range d.kinds {
		if !fits(int64(d.elements[kind[0]].Size)) {
			continue
		}
		cost := d.cost(kind[0], from)
		if cost >= least {
			continue
		}
		for _, e := range kind {
			if d.part[e] == from && !d.fixed[e] && (excluded == nil || !excluded[e]) {
				best, least = e, cost
				break
			}
		}
	}
	return best
}

// cost is the change of the sum of squared deviations by the move of an element from a part,
// divided by the number of all examples.
func (d *division) cost(e int, from part) (sum int64) {
	sign := int64(1)
	if from == inDraw {
		sign = -1
	}
	for _, c := range d.elements[e].Counts {
		n := int64(c.N)
		sum += n * (2*sign*d.excess[c.Label] + n*d.all)
	}
	return sum
}

func other(p part) part {
	if p == inDraw {
		return inRest
	}
	return inDraw
}
