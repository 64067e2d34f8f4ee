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
