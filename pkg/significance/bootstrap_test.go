package significance

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/lorabook/lorabook/internal/stats"
)

// outcomes are n differences: ones, minus ones, and zeros for the rest.
func outcomes(n, fixed, broken int) []float64 {
	values := make([]float64, n)
	for i := range fixed {
		values[i] = 1
	}
	for i := range broken {
		values[fixed+i] = -1
	}
	return values
}

func TestBootstrapIsTheSameOnAnyNumberOfCores(t *testing.T) {
	values := outcomes(300, 90, 20)
	for i := range values {
		values[i] += 0.001 * float64(i) // so that seeds hardly ever agree by chance
	}
	b := Bootstrap{Resamples: 2000, Seed: 7}
	many, err := b.Mean(t.Context(), values)
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one, err := b.Mean(t.Context(), values)
	if err != nil {
		t.Fatal(err)
	}
	if one != many {
		t.Errorf("%v on one core, %v on several", one, many)
	}
	b.Seed = 8
	other, err := b.Mean(t.Context(), values)
	if err != nil {
		t.Fatal(err)
	}
	if other == one {
		t.Error("another seed gives the same interval")
	}
}

// The resampled means must spread as the theory of the mean has it.
func TestResampledMeansHaveTheStandardError(t *testing.T) {
	values := outcomes(500, 200, 30)
	means, err := Bootstrap{Resamples: 20_000, Seed: 1}.means(t.Context(), values)
	if err != nil {
		t.Fatal(err)
	}
	mean, spread := stat.MeanStdDev(means, nil)
	wantMean, wantSpread := stats.Mean(values), math.Sqrt(stat.PopVariance(values, nil)/500)
	if math.Abs(mean-wantMean) > 5*wantSpread/math.Sqrt(20_000) {
		t.Errorf("mean is %v, expected %v", mean, wantMean)
	}
	if math.Abs(spread/wantSpread-1) > 0.02 {
		t.Errorf("standard error is %v, expected %v", spread, wantSpread)
	}
	// With so many values the interval is near the normal one.
	interval, err := AcceleratedInterval(means, values, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(interval.Low-(wantMean-1.96*wantSpread)) > 0.1*wantSpread || math.Abs(interval.High-(wantMean+1.96*wantSpread)) > 0.1*wantSpread {
		t.Errorf("interval is %v, expected near %v ± %v", interval, wantMean, 1.96*wantSpread)
	}
}

func TestBootstrapOfOneValueOnly(t *testing.T) {
	got, err := Bootstrap{}.Mean(t.Context(), outcomes(40, 40, 0))
	if err != nil || got != (Interval{Low: 1, High: 1, Level: 0.95}) {
		t.Errorf("interval is %v, %v", got, err)
	}
}

func TestBootstrapLevelWidens(t *testing.T) {
	values := outcomes(40, 3, 0)
	last := Interval{Low: 3. / 40, High: 3. / 40}
	for _, level := range []float64{0.5, 0.9, 0.99, 1 - 1e-12} {
		got, err := Bootstrap{Resamples: 3000, Level: level}.Mean(t.Context(), values)
		if err != nil {
			t.Fatal(err)
		}
		if got.Low >= last.Low || got.High <= last.High {
			if level < 0.999 {
				t.Errorf("at level %v the interval %v is no wider than %v", level, got, last)
			}
		}
		if math.IsNaN(got.Low) || got.Low < 0 || got.High > 1 || got.Low > got.High {
			t.Errorf("at level %v the interval is %v", level, got)
		}
		last = got
	}
}

// One value of many that is not 0 is as skewed as values get. At a level beyond
// what the acceleration can take, the ends are those of the resamples.
func TestBootstrapOfTheMostSkewedValues(t *testing.T) {
	values := outcomes(400, 1, 0)
	means, err := Bootstrap{Resamples: 2000}.means(t.Context(), values)
	if err != nil {
		t.Fatal(err)
	}
	got, err := AcceleratedInterval(means, values, 1-1e-12)
	if err != nil {
		t.Fatal(err)
	}
	if got.Low != slices.Min(means) || got.High != slices.Max(means) {
		t.Errorf("interval is %v, expected %v to %v", got, slices.Min(means), slices.Max(means))
	}
}

func TestBootstrapRefuses(t *testing.T) {
	values := outcomes(5, 1, 1)
	for name, run := range map[string]func() (Interval, error){
		"few resamples": func() (Interval, error) { return Bootstrap{Resamples: 99}.Mean(t.Context(), values) },
		"level":         func() (Interval, error) { return Bootstrap{Level: 1.5}.Mean(t.Context(), values) },
		"no values":     func() (Interval, error) { return Bootstrap{}.Mean(t.Context(), nil) },
		"NaN":           func() (Interval, error) { return Bootstrap{}.Mean(t.Context(), []float64{0, math.NaN()}) },
	} {
		if got, err := run(); err == nil {
			t.Errorf("%s: %v, expected an error", name, got)
		}
	}
}

func TestBootstrapStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (Bootstrap{}).Mean(ctx, outcomes(1000, 10, 5)); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func BenchmarkBootstrapOf1000(b *testing.B) {
	values := outcomes(1000, 400, 20)
	for b.Loop() {
		if _, err := (Bootstrap{}).Mean(b.Context(), values); err != nil {
			b.Fatal(err)
		}
	}
}
