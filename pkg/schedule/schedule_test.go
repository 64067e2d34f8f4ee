package schedule

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// TestSchedules compares every schedule with the values that transformers gives for 10 steps,
// 3 of them warm-up, with the peak 1: lambda(0) ... lambda(9), computed from the published
// formulas of get_linear_schedule_with_warmup and get_cosine_schedule_with_warmup.
func TestSchedules(t *testing.T) {
	want := map[Name][]float64{
		Linear: {0, 1. / 3, 2. / 3, 1, 6. / 7, 5. / 7, 4. / 7, 3. / 7, 2. / 7, 1. / 7},
		Cosine: {0, 1. / 3, 2. / 3, 1, 0.9504844340, 0.8117449009, 0.6112604670, 0.3887395330, 0.1882550991, 0.0495155660},
	}
	for _, name := range Names() {
		t.Run(string(name), func(t *testing.T) {
			if len(want[name]) == 0 {
				t.Fatal("add the values that this schedule must give")
			}
			s := Schedule{Name: name, Peak: 1, Warmup: 0.3}
			for i, w := range want[name] {
				if got := s.Rate(i+1, len(want[name])); math.Abs(got-w) > 1e-9 {
					t.Errorf("step %d: rate %v, expected %v", i+1, got, w)
				}
			}
			if name.Describe() == "" || name.Validate() != nil {
				t.Errorf("description %q, %v", name.Describe(), name.Validate())
			}
		})
	}
}

func TestNoWarmup(t *testing.T) {
	none := Schedule{Name: Linear, Peak: 2, Warmup: -1}
	if got := none.Rate(1, 10); got != 2 {
		t.Errorf("without warm-up the first rate is %v, expected the peak", got)
	}
}

// A training of one step has no warm-up, which would leave it untrained. Longer ones have at least a step with
// a rate.
func TestOneStep(t *testing.T) {
	for _, name := range Names() {
		for _, warmup := range []float64{-1, 0.06, 0.99} {
			s := Schedule{Name: name, Peak: 2, Warmup: warmup}
			if got := s.Rate(1, 1); got != 2 {
				t.Errorf("%s, warm-up %v: the only step has the rate %v", name, warmup, got)
			}
			for _, steps := range []int{2, 3, 17} {
				sum := 0.0
				for step := range steps {
					sum += s.Rate(step+1, steps)
				}
				if first := s.Rate(1, steps); !(sum > 0) || (first == 0) != (warmup > 0) {
					t.Errorf("%s, warm-up %v, %d steps: the first rate is %v, the sum %v", name, warmup, steps, first, sum)
				}
			}
		}
	}
}

func TestUnknownName(t *testing.T) {
	err := Name("stairs").Validate()
	if err == nil || !strings.Contains(err.Error(), `is "stairs", expected "linear"`) {
		t.Fatalf("the error is %v", err)
	}
	for _, name := range Names() {
		if !strings.Contains(err.Error(), strconv.Quote(string(name))) {
			t.Errorf("the error does not offer %q: %v", name, err)
		}
	}
	if d := Name("stairs").Describe(); d != "" {
		t.Errorf("an unknown schedule is described as %q", d)
	}
	defer func() {
		if recover() == nil {
			t.Error("a rate of an unknown schedule was computed")
		}
	}()
	Schedule{Name: "stairs", Peak: 1}.Rate(1, 2)
}
