package finetune

import (
	"math"
	"testing"
)

// TestSchedules compares with what transformers' get_linear_schedule_with_warmup
// and get_cosine_schedule_with_warmup say for 10 steps, 3 of them warm-up, peak 1:
// lambda(0) ... lambda(9), worked out from their published formulas.
func TestSchedules(t *testing.T) {
	for schedule, want := range map[Schedule][]float64{
		Linear: {0, 1. / 3, 2. / 3, 1, 6. / 7, 5. / 7, 4. / 7, 3. / 7, 2. / 7, 1. / 7},
		Cosine: {0, 1. / 3, 2. / 3, 1, 0.9504844340, 0.8117449009, 0.6112604670, 0.3887395330, 0.1882550991, 0.0495155660},
	} {
		training := Training{LearningRate: 1, Schedule: schedule, Warmup: 0.3}
		for i, w := range want {
			if got := training.rate(i+1, len(want)); math.Abs(got-w) > 1e-9 {
				t.Errorf("%s, step %d: rate %v, expected %v", schedule, i+1, got, w)
			}
		}
	}
	none := Training{LearningRate: 2, Schedule: Linear, Warmup: -1}
	if got := none.rate(1, 10); got != 2 {
		t.Errorf("without warm-up the first rate is %v, expected the peak", got)
	}
}
