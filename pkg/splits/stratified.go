package splits

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/sampling"
)

// EarlierDraw returns the draw of the run folders of earlier versions, whose splits.json states
// none: stratified for one class per text, at random for other tasks.
func EarlierDraw(task data.Task) sampling.Draw {
	if draw := sampling.DrawOf(task); draw == sampling.DrawClasses {
		return draw
	}
	return sampling.DrawRandom
}

// SetDraw draws the examples as those of a run folder, by Record.Draw. The default is the
// stratified draw of the task.
func (d *Config) SetDraw(draw sampling.Draw) { d.draw = draw }

// sampler returns the sampler of the examples. seed is the experiment's.
func (d Config) sampler(set *data.Outline, seed int64) (sampling.Sampler, error) {
	sampler := sampling.For(set.Task, set.Labels, cmp.Or(d.Seed, seed))
	if d.draw != "" {
		sampler.Draw = d.draw
	}
	if !slices.Contains(sampling.Draws(), sampler.Draw) {
		return sampler, fmt.Errorf("splits.json of the run folder: draw is %q, expected one of %q: open the folder with the version of lorabook that wrote it",
			sampler.Draw, sampling.Draws())
	}
	return sampler, nil
}

// drawNote states the draw, except that of the classes.
func drawNote(draw sampling.Draw) string {
	switch draw {
	case sampling.DrawLabels:
		return "the draw of each split is stratified by labels, the rarest ones first (iterative stratification, Sechidis et al. 2011)"
	case sampling.DrawQuantiles:
		return "the draw of each split is stratified by the number, in quantile bins"
	case sampling.DrawEntities:
		return "the draw of each split is stratified by the types of entities in a sentence, the rarest ones first (iterative stratification, Sechidis et al. 2011)"
	case sampling.DrawRandom:
		return "the examples of each split are drawn at random, not stratified, as those of the run folder of an earlier version"
	}
	return ""
}
