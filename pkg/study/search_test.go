package study

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/pkg/finetune"
)

func TestGrid(t *testing.T) {
	var rates []float64
	for i := -9; i <= 3; i++ {
		rates = append(rates, gridRate(i))
	}
	if want := []float64{3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1, 3, 10, 30}; !slices.Equal(rates, want) {
		t.Errorf("%v, expected %v", rates, want)
	}
	for rate, want := range map[float64]float64{1e-3: 1e-3, 5e-4: 3e-4, 6e-4: 1e-3, 5e-5: 3e-5, 0.9: 1, 1.7: 1, 1.8: 3, 9: 10, 0.002: 0.003} {
		if got := gridRate(nearest(rate)); got != want {
			t.Errorf("nearest to %g is %g, expected %g", rate, got, want)
		}
	}
}

// The search ends at a rate with a lower loss than its neighbours, from any start.
func TestDescend(t *testing.T) {
	inf := math.Inf(1)
	bowl := func(rate float64) (float64, error) { return math.Abs(math.Log10(rate) + 3.1), nil } // lowest at 1e-3
	for name, c := range map[string]struct {
		start float64
		loss  func(float64) (float64, error)
		rate  float64
		tries []float64
	}{
		"start at the lowest": {1e-3, bowl, 1e-3, []float64{3e-4, 1e-3, 3e-3}},
		"from below":          {1e-4, bowl, 1e-3, []float64{1e-4, 3e-4, 1e-3, 3e-3}},
		"from above":          {1e-2, bowl, 1e-3, []float64{3e-4, 1e-3, 3e-3, 1e-2, 3e-2}},
		"equal losses":        {1e-3, func(float64) (float64, error) { return 1, nil }, 1e-3, []float64{3e-4, 1e-3, 3e-3}},
		"diverging above": {1e-2, func(rate float64) (float64, error) {
			if rate > 2e-3 {
				return inf, nil
			}
			return bowl(rate)
		}, 1e-3, []float64{3e-4, 1e-3, 3e-3, 1e-2}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := descend(nearest(c.start), c.loss)
			if err != nil {
				t.Fatal(err)
			}
			var rates []float64
			for _, try := range s.Tries {
				rates = append(rates, try.LearningRate)
				if want, _ := c.loss(try.LearningRate); try.Loss != want {
					t.Errorf("loss at %g is %v, expected %v", try.LearningRate, try.Loss, want)
				}
			}
			if s.Rate != c.rate || !slices.Equal(rates, c.tries) || s.Bounded {
				t.Errorf("rate %g after %v, bounded %t; expected %g after %v", s.Rate, rates, s.Bounded, c.rate, c.tries)
			}
		})
	}
}

func TestDescendEnds(t *testing.T) {
	s, err := descend(0, func(rate float64) (float64, error) { return -rate, nil })
	if err != nil || !s.Bounded || len(s.Tries) != MostTries || s.Rate != s.Tries[MostTries-1].LearningRate {
		t.Errorf("a loss that falls without end: %+v, %v", s, err)
	}
	if _, err := descend(0, func(float64) (float64, error) { return math.Inf(1), nil }); !errors.Is(err, finetune.ErrDiverged) {
		t.Errorf("all diverge: %v", err)
	}
	failed := errors.New("no space left")
	if _, err := descend(0, func(rate float64) (float64, error) {
		if rate > 1 {
			return 0, failed
		}
		return 1, nil
	}); !errors.Is(err, failed) {
		t.Errorf("an error: %v", err)
	}
}
