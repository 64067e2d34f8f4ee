package testset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/sampling"
)

// choose returns the examples of the part, and sets the part's default.
func (o *Options) choose(set *data.Dataset, t *training) ([]data.Example, error) {
	if len(set.Train)+len(set.Validation)+len(set.Test) == 0 {
		return nil, fmt.Errorf("testset: the data set %s has no examples", set.Name)
	}
	if o.Part == "" {
		o.Part = defaultPart(set, t)
	}
	var examples []data.Example
	switch o.Part {
	case All:
		examples = slices.Concat(set.Train, set.Validation, set.Test)
	case OfRun:
		var err error
		if examples, err = t.test(set); err != nil {
			return nil, err
		}
	default:
		examples = partsOf(set)[o.Part]
	}
	if len(examples) == 0 {
		return nil, noExamples(set, o.Part)
	}
	if o.Examples == 0 || o.Examples == len(examples) {
		return examples, nil
	}
	if o.Examples > len(examples) {
		return nil, fmt.Errorf("testset: Examples is %d, but the part %q of the data set %s has %d examples", o.Examples, o.Part, set.Name, len(examples))
	}
	return sampling.Subset(sampling.For(set.Task, set.Labels, o.Seed), examples, o.Examples)
}

// defaultPart returns the test examples of the run, the test half, the validation half, or all examples of
// a data set that is not divided. Training examples beside a test half with hidden labels are no default:
// the part is then Test, which has no examples.
func defaultPart(set *data.Dataset, t *training) Part {
	switch {
	case t != nil && len(t.Test.IDs) > 0:
		return OfRun
	case len(set.Test) > 0:
		return Test
	case len(set.Validation) > 0:
		return Validation
	case set.HiddenTest > 0:
		return Test
	}
	return All
}

func partsOf(set *data.Dataset) map[Part][]data.Example {
	return map[Part][]data.Example{Test: set.Test, Validation: set.Validation, Train: set.Train}
}

// noExamples is the error of a part without examples.
func noExamples(set *data.Dataset, part Part) error {
	var has []string
	for _, other := range []Part{Train, Validation, Test} {
		if n := len(partsOf(set)[other]); n > 0 {
			has = append(has, fmt.Sprintf("%s (%d examples)", other, n))
		}
	}
	why := ""
	switch {
	case part == Test && set.HiddenTest > 0:
		why = fmt.Sprintf(", because the labels of its %d test examples are hidden", set.HiddenTest)
	case len(set.Validation)+len(set.Test) == 0:
		why = ", because it is not divided or has only a training half"
	}
	return fmt.Errorf("testset: the data set %s has no examples of the part %q%s, expected one of: %s, or %q for every example", set.Name, part, why, strings.Join(has, ", "), All)
}
