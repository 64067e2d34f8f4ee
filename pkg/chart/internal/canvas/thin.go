package canvas

// Thin returns at most limit points of a line: all of them, or else the first,
// the last, and the lowest and highest of each of about limit/2 stretches of
// equally many points, in their order. What a reader could see stays: the
// range, each peak, the ends.
func Thin(x, y []float64, limit int) (tx, ty []float64) {
	n := len(x)
	if n <= limit {
		return x, y
	}
	keep := func(i int) {
		tx, ty = append(tx, x[i]), append(ty, y[i])
	}
	keep(0)
	stretches := (limit - 2) / 2
	for s := range stretches {
		from, to := 1+s*(n-2)/stretches, 1+(s+1)*(n-2)/stretches
		lo, hi := from, from
		for i := from; i < to; i++ {
			if y[i] < y[lo] {
				lo = i
			}
			if y[i] > y[hi] {
				hi = i
			}
		}
		if lo != hi {
			keep(min(lo, hi))
		}
		keep(max(lo, hi))
	}
	keep(n - 1)
	return tx, ty
}
