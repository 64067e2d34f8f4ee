package splits

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
)

// EarlierDraw returns the draw of the run folders of earlier versions, whose splits.json states
// none: stratified for one class per text, at random for other tasks.
func EarlierDraw(task data.Task) data.Draw {
	if draw := task.Draw(); draw == data.DrawClasses {
		return draw
	}
	return data.DrawRandom
}

// SetDraw draws the examples as those of a run folder, by Record.Draw. The default is the
// stratified draw of the task.
func (d *Config) SetDraw(draw data.Draw) { d.draw = draw }

// sampler returns the sampler of the examples. seed is the experiment's.
func (d Config) sampler(set *data.Outline, seed int64) (data.Sampler, error) {
	sampler := set.Sampler(cmp.Or(d.Seed, seed))
	if d.draw != "" {
		sampler.Draw = d.draw
	}
	if !slices.Contains(data.Draws(), sampler.Draw) {
		return sampler, fmt.Errorf("splits.json of the run folder: draw is %q, expected one of %q: open the folder with the version of lorabook that wrote it",
			sampler.Draw, data.Draws())
	}
	return sampler, nil
}

// drawNote states the draw, except that of the classes.
func drawNote(draw data.Draw) string {
	switch draw {
	case data.DrawLabels:
		return "the draw of each split is stratified by labels, the rarest ones first (iterative stratification, Sechidis et al. 2011)"
	case data.DrawQuantiles:
		return "the draw of each split is stratified by the number, in quantile bins"
	case data.DrawEntities:
		return "the draw of each split is stratified by the types of entities in a sentence, the rarest ones first (iterative stratification, Sechidis et al. 2011)"
	case data.DrawRandom:
		return "the examples of each split are drawn at random, not stratified, as those of the run folder of an earlier version"
	}
	return ""
}
