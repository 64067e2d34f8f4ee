package sweep

import "slices"

// contestant is a trial of a successive halving.
type contestant struct {
	reached int  // rungs that it has finished; the last one is the end of the training
	level   int  // rungs that it was sent to; at least 1
	ended   bool // it trains no more: parked, diverged, or finished early
}

// promote returns the contestants that train on to the next rung. rungs is the number of rungs, the
// end of the training included, and factor the share that is continued, one in factor. better
// reports whether contestant i is better than j by their values at a rung, from 0. With
// asynchronous, a rung does not wait for all its contestants.
func promote(list []contestant, rungs, factor int, asynchronous bool, better func(rung, i, j int) bool) []int {
	var chosen []int
	closed := true // the contestants of the rung are all known
	for rung := range rungs - 1 {
		var finished []int
		members := 0
		for i, c := range list {
			if c.level <= rung {
				continue
			}
			members++
			if c.reached > rung {
				finished = append(finished, i)
			} else if !c.ended {
				closed = false
			}
		}
		if members == 0 {
			break
		}
		if !closed && !asynchronous {
			break
		}
		slices.SortStableFunc(finished, func(i, j int) int {
			switch {
			case better(rung, i, j):
				return -1
			case better(rung, j, i):
				return 1
			}
			return i - j
		})
		n := len(finished) / factor
		if closed {
			n = max(1, members/factor)
		}
		for _, i := range finished[:min(n, len(finished))] {
			if list[i].level == rung+1 && !list[i].ended {
				chosen = append(chosen, i)
				closed = false // the next rung gets another contestant
			}
		}
	}
	return chosen
}
