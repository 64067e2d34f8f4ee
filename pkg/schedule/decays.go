package schedule

import "math"

// Name is the name of a schedule in experiment.json.
type Name string

// The names of the schedules; [Describe] gives the formula of each.
const (
	Linear Name = "linear" // falls in a straight line to 0
	Cosine Name = "cosine" // falls along half a cosine to 0
)

// Decay returns the learning rate after the warm-up, as a factor of the peak, at the progress
// p: 0 at the first step after the warm-up, and 1 at the end of the training.
type Decay func(p float64) float64

// decays are all schedules. A new one needs a line here and its Name above.
var decays = []struct {
	name        Name
	description string
	decay       Decay
}{
	{Linear, "1 - p, as transformers' get_linear_schedule_with_warmup", func(p float64) float64 { return 1 - p }},
	{Cosine, "(1 + cos(πp)) / 2, as transformers' get_cosine_schedule_with_warmup", func(p float64) float64 { return 0.5 * (1 + math.Cos(math.Pi*p)) }},
}
