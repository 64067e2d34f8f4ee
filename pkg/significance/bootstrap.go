package significance

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/lorabook/lorabook/internal/stats"
)

// Bootstrap configures the estimation of an interval by resampling. The zero value is 10,000
// resamples at 95 % with seed 0.
type Bootstrap struct {
	Resamples int     // 0 means 10,000; 100 to 10,000,000
	Level     float64 // 0 means 0.95
	Seed      int64   // the same seed produces the same interval on any number of cores
}

// Mean returns the interval of the mean of the values, one for each example of a sample. For a
// paired comparison a value is the example's difference between after and before. The interval
// is the bias-corrected and accelerated one (Efron 1987, doi:10.1080/01621459.1987.10478410),
// the default of scipy.stats.bootstrap. If all values are the same, so are both ends (see
// [Interval.NoSpread]; [Uniform] has an interval of values from -1 to 1).
func (b Bootstrap) Mean(ctx context.Context, values []float64) (Interval, error) {
	b, err := b.WithDefaults()
	if err != nil {
		return Interval{}, err
	}
	if len(values) == 0 {
		return Interval{}, fmt.Errorf("bootstrap: no values")
	}
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Interval{}, fmt.Errorf("bootstrap: value %d is %v, expected a finite number", i, v)
		}
	}
	if slices.Min(values) == slices.Max(values) {
		return Interval{Low: values[0], High: values[0], Level: b.Level}, nil
	}
	means, err := b.means(ctx, values)
	if err != nil {
		return Interval{}, err
	}
	return AcceleratedInterval(means, values, b.Level)
}

// WithDefaults completes the settings and checks them.
func (b Bootstrap) WithDefaults() (Bootstrap, error) {
	if b.Resamples == 0 {
		b.Resamples = 10_000
	}
	if b.Level == 0 {
		b.Level = 0.95
	}
	if b.Resamples < 100 || b.Resamples > 10_000_000 {
		return b, fmt.Errorf("bootstrap of %d resamples: expected 100 to 10,000,000", b.Resamples)
	}
	return b, CheckLevel(b.Level)
}

// means draws the resamples, each with its own generator, so that the result does not depend on
// the cores.
func (b Bootstrap) means(ctx context.Context, values []float64) ([]float64, error) {
	means := make([]float64, b.Resamples)
	err := inParallel(ctx, b.Resamples, func() func(int) {
		return func(i int) { means[i] = resampledMean(values, b.generator(i)) }
	})
	if err != nil {
		return nil, fmt.Errorf("bootstrap: %w", err)
	}
	return means, nil
}

// generator returns the random numbers of a resample.
func (b Bootstrap) generator(resample int) *rand.Rand {
	return rand.New(rand.NewPCG(uint64(b.Seed), uint64(resample)))
}

// inParallel calls functions with 0 to count-1 on all processors. start returns the function of
// one processor, which may have memory of its own.
func inParallel(ctx context.Context, count int, start func() func(int)) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), count) {
		workers.Go(func() {
			call := start()
			for ctx.Err() == nil {
				i := int(next.Add(1)) - 1
				if i >= count {
					return
				}
				call(i)
			}
		})
	}
	workers.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func resampledMean(values []float64, random *rand.Rand) float64 {
	sum := 0.0
	for range values {
		sum += values[random.IntN(len(values))]
	}
	return sum / float64(len(values))
}

// AcceleratedInterval is [Accelerated] for the mean of the values, from the means of resamples.
func AcceleratedInterval(means, values []float64, level float64) (Interval, error) {
	observed := stats.Mean(values)
	return Accelerated(means, observed, acceleration(values, observed), level)
}

// Accelerated returns the bias-corrected and accelerated interval of a statistic (BCa; Efron 1987):
// the quantiles of the resampled statistics that are level apart, shifted by the bias and by the
// acceleration. All numbers must be finite.
func Accelerated(resampled []float64, observed, acceleration, level float64) (Interval, error) {
	if err := CheckLevel(level); err != nil {
		return Interval{}, err
	}
	if len(resampled) == 0 {
		return Interval{}, errors.New("bootstrap: no resampled statistics")
	}
	for _, v := range append([]float64{observed, acceleration}, resampled...) {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Interval{}, fmt.Errorf("bootstrap: found %v, expected finite numbers", v)
		}
	}
	below := 0.0 // resamples below the observed statistic, those level with it counting half
	for _, m := range resampled {
		switch {
		case m < observed:
			below++
		case m == observed:
			below += 0.5
		}
	}
	// Half a resample keeps z0 finite if all resamples are on one side.
	n := float64(len(resampled))
	z0 := distuv.UnitNormal.Quantile(min(max(below, 0.5), n-0.5) / n)
	sorted := slices.Sorted(slices.Values(resampled))
	end := func(tail float64) float64 {
		z := z0 + distuv.UnitNormal.Quantile(tail)
		if acceleration*z >= 1 { // beyond all resamples: the values are too few for the level
			return quantile(sorted, (1+math.Copysign(1, z))/2)
		}
		return quantile(sorted, distuv.UnitNormal.CDF(z0+z/(1-acceleration*z)))
	}
	tail := (1 - level) / 2
	return Interval{Low: end(tail), High: end(1 - tail), Level: level}, nil
}

// acceleration is a sixth of the skewness of the jackknifed mean: leaving out
// values[i] moves the mean by (mean - values[i])/(n-1).
func acceleration(values []float64, mean float64) float64 {
	squares, cubes := 0.0, 0.0
	for _, v := range values {
		d := v - mean
		squares += d * d
		cubes += d * d * d
	}
	return cubes / (6 * math.Pow(squares, 1.5))
}

// quantile interpolates between the two neighbours in rank as numpy does by
// default (type 7 of Hyndman and Fan 1996), which gonum does not offer.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	low := int(math.Floor(at))
	if low >= len(sorted)-1 {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}
