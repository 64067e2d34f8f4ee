package canvas

import (
	"slices"
)

// Spread moves positions apart until neighbours are gap away, as little as it
// takes, inside lo..hi while there is room.
func Spread(at []float64, gap, lo, hi float64) []float64 {
	order := make([]int, len(at))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if at[a] < at[b] {
			return -1
		}
		if at[a] > at[b] {
			return 1
		}
		return 0
	})
	out := slices.Clone(at)
	for k, i := range order { // push up
		floor := lo
		if k > 0 {
			floor = out[order[k-1]] + gap
		}
		out[i] = max(out[i], floor)
	}
	for k := len(order) - 1; k >= 0; k-- { // and back down from the ceiling
		ceiling := hi
		if k < len(order)-1 {
			ceiling = out[order[k+1]] - gap
		}
		out[order[k]] = min(out[order[k]], ceiling)
	}
	return out
}

// EndLabelRoom is the widest label at the end of a line, in pixels.
const EndLabelRoom = 210
