package trials

import (
	"math"
	"slices"
)

// outlierFactor is the number of times by which an outlier lies farther from the best value than the
// others extend: the others would share a twentieth of an axis with it.
const outlierFactor = 20

// limitOf returns the worst of some values that are no outliers, as those of trainings with a much
// too large learning rate are; outliers reports whether there are any. Outliers are worse values
// whose distance from the best one is more than outlierFactor times the others' extent, which is
// the larger of their distances from the best one and from 0. A quarter of the values at least are
// no outliers.
func (s *Search) limitOf(values []float64) (limit float64, outliers bool) {
	const most = 4
	sorted := slices.Sorted(slices.Values(values))
	if s.Higher {
		slices.Reverse(sorted)
	}
	for i := (len(sorted) - 1) / most; i+1 < len(sorted); i++ {
		extent := max(math.Abs(sorted[i]-sorted[0]), math.Abs(sorted[i]))
		if extent > 0 && math.Abs(sorted[i+1]-sorted[0]) > outlierFactor*extent {
			return sorted[i], true
		}
	}
	return 0, false
}

// Within returns a value, or the limit if the value is worse.
func (s *Search) Within(v, limit float64) float64 {
	if s.better(limit, v) {
		return limit
	}
	return v
}

// Limit returns the worst value of trials that is no outlier, of those that are counted; outliers
// reports whether there are any.
func (s *Search) Limit(counted func(Trial) bool) (limit float64, outliers bool) {
	var values []float64
	for _, t := range s.Trials {
		if t.Scored && counted(t) {
			values = append(values, t.Value)
		}
	}
	return s.limitOf(values)
}

// CurveLimit is [Search.Limit] of the points of all learning curves.
func (s *Search) CurveLimit() (limit float64, outliers bool) {
	var values []float64
	for _, t := range s.Trials {
		values = append(values, t.Y...)
	}
	return s.limitOf(values)
}
