package significance

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// Interval is a confidence interval.
type Interval struct {
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
	Level float64 `json:"level"` // 0.95: 95 % of such intervals contain the true value
}

// NoSpread reports that both ends are the same number, as those of a bootstrap interval are if every
// resample has the same number, such as the F1 of 1 of a sample without mistakes. It does not mean that
// the number is certain: the examples say nothing about its spread.
func (i Interval) NoSpread() bool { return i.Low == i.High }

// noSpread states why an interval is missing.
const noSpread = "every resample of the examples has the same number"

// Text describes an interval: "95 % interval 0.912 to 0.934", or why there is none (see
// [Interval.NoSpread]). number writes a number.
func (i Interval) Text(number func(float64) string) string {
	if i.NoSpread() {
		return "no interval: " + noSpread
	}
	return fmt.Sprintf("%.4g %% interval %s to %s", 100*i.Level, number(i.Low), number(i.High))
}

// Brackets describes an interval behind its number in a table: " (0.912 to 0.934)", or " (no interval)"
// (see [Interval.NoSpread]).
func (i Interval) Brackets(number func(float64) string) string {
	if i.NoSpread() {
		return " (no interval)"
	}
	return fmt.Sprintf(" (%s to %s)", number(i.Low), number(i.High))
}

// Uniform returns the interval of the mean of a quantity from -1 to 1 if n independent examples all have
// the same value of it, as the differences between two models that are right for the same examples.
// Resampling has no spread then. Of the population at most the share 1 - ((1-level)/2)^(1/n) can have
// other values, the upper end of the interval of 0 successes in n trials (Clopper and Pearson 1934,
// doi:10.1093/biomet/26.4.404); the ends assume that it has all of them at -1, or at 1.
func Uniform(value float64, n int, level float64) (Interval, error) {
	if n < 1 || !(value >= -1 && value <= 1) {
		return Interval{}, fmt.Errorf("interval of %d examples with the value %v: expected at least one example and a value from -1 to 1", n, value)
	}
	if err := CheckLevel(level); err != nil {
		return Interval{}, err
	}
	unseen := 1 - math.Pow((1-level)/2, 1/float64(n))
	return Interval{Low: value - unseen*(value+1), High: value + unseen*(1-value), Level: level}, nil
}

// Wilson returns the score interval of a share of successes in n independent
// trials (Wilson 1927, doi:10.1080/01621459.1927.10502953). It stays within 0 and 1, and is
// accurate for proportions near 0 and 1.
func Wilson(successes, n int, level float64) (Interval, error) {
	if n < 1 || successes < 0 || successes > n {
		return Interval{}, fmt.Errorf("interval of %d successes in %d trials: expected at least one trial and 0 to as many successes", successes, n)
	}
	if err := CheckLevel(level); err != nil {
		return Interval{}, err
	}
	z := distuv.UnitNormal.Quantile(0.5 + level/2)
	share, trials := float64(successes)/float64(n), float64(n)
	scale := 1 + z*z/trials
	centre := (share + z*z/(2*trials)) / scale
	half := z / scale * math.Sqrt(share*(1-share)/trials+z*z/(4*trials*trials))
	interval := Interval{Low: max(0, centre-half), High: min(1, centre+half), Level: level}
	// Exact here; the subtraction above has a rounding error.
	if successes == 0 {
		interval.Low = 0
	}
	if successes == n {
		interval.High = 1
	}
	return interval, nil
}

// CheckLevel returns an error for a confidence level that is not between 0 and 1.
func CheckLevel(level float64) error {
	if !(level > 0 && level < 1) {
		return fmt.Errorf("interval of level %v: expected a number between 0 and 1, such as 0.95", level)
	}
	return nil
}
