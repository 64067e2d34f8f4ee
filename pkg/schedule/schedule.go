package schedule

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Schedule returns the learning rate of each training step.
type Schedule struct {
	Name   Name    // one of [Names]
	Peak   float64 // the highest learning rate
	Warmup float64 // share of the steps, 0 to 1, in which the rate rises from 0 to the peak; 0 or less means none, and so does a single step
}

// Rate is the learning rate of step 1, 2, ... steps. transformers counts the same steps from 0:
// with a warm-up the first step has rate 0. Of a training of one step, which would change nothing then, the
// rate is the peak; transformers' is 0. It panics for a name that [Name.Validate] refuses.
func (s Schedule) Rate(step, steps int) float64 {
	i := slices.Index(Names(), s.Name)
	if i < 0 {
		panic(s.Name.Validate())
	}
	warmup := int(math.Ceil(max(s.Warmup, 0) * float64(steps)))
	if steps == 1 {
		warmup = 0
	}
	done := step - 1
	if done < warmup {
		return s.Peak * float64(done) / float64(max(1, warmup))
	}
	return s.Peak * decays[i].decay(float64(done-warmup)/float64(max(1, steps-warmup)))
}

// Names are the names of all schedules.
func Names() []Name {
	var names []Name
	for _, d := range decays {
		names = append(names, d.name)
	}
	return names
}

// Validate returns an error with the known names if the name is unknown.
func (n Name) Validate() error {
	names := Names()
	if slices.Contains(names, n) {
		return nil
	}
	known := make([]string, len(names))
	for i, name := range names {
		known[i] = fmt.Sprintf("%q", name)
	}
	last := len(known) - 1
	return fmt.Errorf("is %q, expected %s or %s", n, strings.Join(known[:last], ", "), known[last])
}

// Describe returns the schedule's formula, the learning rate as a factor of the peak at the
// progress p from 0 to 1 after the warm-up, and its source; "" for an unknown name.
func (n Name) Describe() string {
	for _, d := range decays {
		if d.name == n {
			return d.description
		}
	}
	return ""
}
