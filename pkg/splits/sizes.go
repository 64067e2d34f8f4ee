package splits

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/sampling"
)

// sizes are numbers of examples that are defaults; 0 where the experiment has its own number.
// Defaults shrink to what the data have. Other numbers do not: too large a number is an error.
type sizes struct{ train, validation, test int }

// withDefaultSizes writes the default sizes out.
func (d Config) withDefaultSizes() Config {
	given := d
	if d.Source == data.Sample {
		settings.Default(&d.Train, 360)
		settings.Default(&d.Validation, 40)
		settings.Default(&d.Test, 200)
	}
	settings.Default(&d.Train, 1800)
	settings.Default(&d.Validation, 200)
	settings.Default(&d.Test, 1000)
	if given.Train == 0 {
		d.defaults.train = d.Train
	}
	if given.Validation == 0 {
		d.defaults.validation = d.Validation
	}
	if given.Test == 0 {
		d.defaults.test = d.Test
	}
	return d
}

// defaultSizes names the sizes that are defaults.
func (d Config) defaultSizes() (names []string) {
	for _, s := range []struct {
		name     string
		n, usual int
	}{{"train", d.Train, d.defaults.train}, {"validation", d.Validation, d.defaults.validation}, {"test", d.Test, d.defaults.test}} {
		if s.n == s.usual {
			names = append(names, s.name)
		}
	}
	return names
}

// SetDefaultSizes takes the sizes with these names for defaults.
func (d *Config) SetDefaultSizes(names []string) {
	for _, name := range names {
		switch name {
		case "train":
			d.defaults.train = d.Train
		case "validation":
			d.defaults.validation = d.Validation
		case "test":
			d.defaults.test = d.Test
		}
	}
}

// sampleTest samples the test examples from the test half.
func (d Config) sampleTest(r *Examples, half []data.Ref, sampler sampling.Sampler) ([]data.Ref, error) {
	n, usual := d.Test, d.Test == d.defaults.test
	if usual && n > len(half) {
		r.note("test %s of the default %s: all that there are", numerals.Count(len(half)), numerals.Count(n))
		n = -1
	}
	if n == -1 {
		return half, nil
	}
	if usual {
		n = r.oneOfEach("test", n, len(classSizes(half)))
	}
	drawn, err := sampling.Subset(sampler, half, n)
	if err != nil {
		return nil, &settings.FieldError{Field: "data.test", Reason: err.Error() + orAll}
	}
	return drawn, nil
}

// sampleOwn samples the validation examples from the source's validation half, without those
// that are left out.
func (d drawing) sampleOwn(held map[data.Ref]string) ([]data.Ref, error) {
	usual := d.Validation == d.defaults.validation
	if d.Validation == -1 || usual && d.Validation >= len(d.own)-len(held) {
		return excluding(d.own, held), nil
	}
	drawn, err := sampling.Subset(d.sampler, d.own, d.Validation, places(d.own, held)...)
	if err != nil {
		return nil, &settings.FieldError{Field: "data.validation", Reason: err.Error() + leftOut(held) + orAll}
	}
	return drawn, nil
}

// fitValidation sets the number of validation examples for the halves, and notes what differs
// from the default.
func (d *drawing) fitValidation(r *Examples) error {
	usual := d.Validation == d.defaults.validation
	if len(d.own) > 0 {
		text := fmt.Sprintf("the validation half of the source, %s examples, is the validation set", numerals.Count(len(d.own)))
		if usual {
			d.Validation = r.oneOfEach("validation", d.Validation, len(classSizes(d.own)))
			d.defaults.validation = d.Validation
		}
		if n := d.Validation; n != -1 && n < len(d.own) {
			text += fmt.Sprintf(": %s of them are drawn%s", numerals.Count(n), orAll)
		}
		r.note("%s", text)
		return nil
	}
	if d.Validation == -1 {
		return &settings.FieldError{Field: "data.validation", Reason: "is -1, but the source has no validation half: expected the number of examples to draw from the training half"}
	}
	counts := classSizes(d.half)
	for i, e := range d.half {
		if counts[e.Answer().Label] == 1 {
			d.single = append(d.single, i)
		}
	}
	if len(d.single) == len(d.half) {
		return &settings.FieldError{Field: "data.validation", Reason: "has no examples to draw from: each class has a single example in the training half; add examples"}
	}
	if len(d.single) > 0 {
		r.note("the validation examples have none of the classes %s, which have a single training example each", fewLabels(r.Labels, d.half, d.single))
	}
	classes := len(counts) - len(d.single)
	if !usual {
		return nil
	}
	usualSize := d.Validation
	fifth := int(math.Round(float64(len(d.half)) / 5))
	fits := fifth >= usualSize
	if d.Train != -1 && d.Train != d.defaults.train {
		fits = len(d.half)-usualSize >= d.Train
	}
	if !fits {
		d.Validation = max(min(fifth, usualSize), classes)
		r.note("validation %s of the default %s: a fifth of the %s examples in the training half",
			numerals.Count(d.Validation), numerals.Count(usualSize), numerals.Count(len(d.half)))
	} else {
		d.Validation = r.oneOfEach("validation", usualSize, classes)
	}
	d.defaults.validation = d.Validation
	return nil
}

// fitTraining takes all examples that are left, if there are no more than the default.
func (d *drawing) fitTraining(r *Examples) {
	left := len(d.half)
	if len(d.own) == 0 {
		left -= d.Validation
	}
	switch {
	case d.Train != d.defaults.train:
	case left < d.Train:
		r.note("train %s of the default %s: all that is left", numerals.Count(left), numerals.Count(d.Train))
		d.Train = -1
	default:
		d.Train = min(r.oneOfEach("train", d.Train, len(classSizes(d.half))), left)
		d.defaults.train = d.Train
	}
}

// oneOfEach raises a default to the number of classes.
func (r *Examples) oneOfEach(split string, n, classes int) int {
	if n >= classes {
		return n
	}
	r.note("%s %s instead of the default %s: one of each class", split, numerals.Count(classes), numerals.Count(n))
	return classes
}

func (r *Examples) note(format string, values ...any) {
	r.Notes = append(slices.Clip(r.Notes), fmt.Sprintf(format, values...))
}

// classSizes counts the examples by label.
func classSizes(examples []data.Ref) map[int]int {
	counts := map[int]int{}
	for _, e := range examples {
		counts[e.Answer().Label]++
	}
	return counts
}

// fewLabels quotes the names of the classes of examples, at most twelve.
func fewLabels(labels []string, examples []data.Ref, indices []int) string {
	const most = 12
	var names []string
	for _, at := range indices[:min(len(indices), most)] {
		if label := examples[at].Answer().Label; label >= 0 && label < len(labels) {
			names = append(names, labels[label])
		}
	}
	text := fmt.Sprintf("%q", names)
	if more := len(indices) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
