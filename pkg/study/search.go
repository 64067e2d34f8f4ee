package study

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/finetune"
)

// Try is a training with one learning rate.
type Try struct {
	LearningRate float64
	// Loss is the mean cross-entropy on the validation examples, in nats, of the state that
	// Training.MetricForBestModel keeps; +Inf if the training diverged.
	Loss float64
}

// Search is the result of a search for a learning rate.
type Search struct {
	Rate  float64 // the one with the lowest loss
	Tries []Try   // in the order of the rates
	// Bounded reports that the search ended after [MostTries] without a try on each side of Rate.
	Bounded bool
}

// MostTries is the greatest number of trainings of a search.
const MostTries = 8

// Tune finds the learning rate of a variant, by training with the first seed. The rates are 1 and
// 3 times powers of ten. The search begins with the rate that is nearest to
// [Variant.LearningRate] and goes to a neighbour as long as the validation loss falls, so that
// the rate found has a lower loss than its two neighbours. The test examples play no part. A
// training that diverges has an infinite loss; if all do, the error matches
// [finetune.ErrDiverged].
func (s Study) Tune(ctx context.Context, v Variant) (*Search, error) {
	start := v.LearningRate
	if start == 0 {
		e, err := s.experiment(v, s.Base.Training.LearningRate, 0)
		if err != nil {
			return nil, err
		}
		start = e.Training.LearningRate
	}
	if !(start > 0) || math.IsInf(start, 0) {
		return nil, fmt.Errorf("study: variant %q has the learning rate %v, expected more than 0", v.Name, start)
	}
	return descend(nearest(start), func(rate float64) (float64, error) {
		return validationLoss(s.train(ctx, v, rate))
	})
}

// validationLoss returns the loss of a try.
func validationLoss(trained *finetune.Trained, err error) (float64, error) {
	switch {
	case errors.Is(err, finetune.ErrDiverged):
		return math.Inf(1), nil
	case err != nil:
		return 0, err
	}
	return trained.BestLoss, nil
}

// train trains a variant with the first seed.
func (s Study) train(ctx context.Context, v Variant, rate float64) (_ *finetune.Trained, err error) {
	run, err := s.open(v, rate, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	s.announce(run)
	trained, err := run.Train(ctx)
	if err != nil {
		return nil, fmt.Errorf("variant %q, learning rate %g: %w", v.Name, rate, err)
	}
	return trained, nil
}

// gridRate returns the rate number i of the grid: 1, 3, 10, 30 and so on from 0, and 0.3, 0.1
// and so on below.
func gridRate(i int) float64 {
	decade, half := i/2, i%2
	if half < 0 {
		decade, half = decade-1, 1
	}
	rate := math.Pow10(decade)
	if half == 1 {
		// A quotient by a power of ten is the float64 nearest to the decimal number.
		rate = 3 * math.Pow10(max(decade, 0)) / math.Pow10(max(-decade, 0))
	}
	return rate
}

// nearest returns the number of the rate of the grid that is nearest by ratio.
func nearest(rate float64) int {
	first := 2 * int(math.Floor(math.Log10(rate)))
	return slices.MinFunc([]int{first - 1, first, first + 1, first + 2, first + 3}, func(i, j int) int {
		return cmp.Compare(math.Abs(math.Log(gridRate(i)/rate)), math.Abs(math.Log(gridRate(j)/rate)))
	})
}

// descend goes from a rate of the grid to its neighbours as long as the loss falls.
func descend(start int, loss func(rate float64) (float64, error)) (*Search, error) {
	losses := map[int]float64{}
	try := func(i int) error {
		value, err := loss(gridRate(i))
		losses[i] = value
		return err
	}
	if err := try(start); err != nil {
		return nil, err
	}
	best, bounded := start, false
	for {
		next, all := start, true
		// A diverged training needs a lower rate, and a higher one is not tried.
		for _, neighbour := range []int{best + 1, best - 1} {
			if _, tried := losses[neighbour]; !tried && !(neighbour > best && math.IsInf(losses[best], 1)) {
				next, all = neighbour, false
				break
			}
		}
		if all {
			break
		}
		if len(losses) == MostTries {
			bounded = true
			break
		}
		if err := try(next); err != nil {
			return nil, err
		}
		if losses[next] < losses[best] || math.IsInf(losses[best], 1) {
			best = next
		}
	}
	search := &Search{Rate: gridRate(best), Bounded: bounded}
	if math.IsInf(losses[best], 1) {
		return nil, fmt.Errorf("study: every learning rate from %g to %g: %w", search.Rate, gridRate(start), finetune.ErrDiverged)
	}
	for i, l := range losses {
		search.Tries = append(search.Tries, Try{gridRate(i), l})
	}
	slices.SortFunc(search.Tries, func(a, b Try) int { return cmp.Compare(a.LearningRate, b.LearningRate) })
	return search, nil
}
