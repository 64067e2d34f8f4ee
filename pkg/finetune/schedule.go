package finetune

import "math"

// Schedule names how the learning rate falls after the warm-up.
type Schedule string

const (
	Linear Schedule = "linear" // in a straight line to 0
	Cosine Schedule = "cosine" // along half a cosine to 0
)

// rate is the learning rate of step 1, 2, ... total: transformers'
// get_linear_schedule_with_warmup and get_cosine_schedule_with_warmup, whose steps
// count from 0.
func (t Training) rate(step, total int) float64 {
	warmup := int(math.Ceil(max(t.Warmup, 0) * float64(total)))
	at := step - 1
	if at < warmup {
		return t.LearningRate * float64(at) / float64(max(1, warmup))
	}
	progress := float64(at-warmup) / float64(max(1, total-warmup))
	if t.Schedule == Cosine {
		return t.LearningRate * 0.5 * (1 + math.Cos(math.Pi*progress))
	}
	return t.LearningRate * (1 - progress)
}
