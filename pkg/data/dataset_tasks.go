package data

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// ClassMapping is a class with its index, which a prediction has, and its number of examples.
type ClassMapping struct {
	Class       string
	Index       int
	Train, Test int
}

// Mapping returns the classes in the order of their indices, with their numbers of examples, for
// TokenClassification of words. It
// is empty for Regression.
func (d *Dataset) Mapping() []ClassMapping {
	if d.Task == Regression {
		return nil
	}
	list := make([]ClassMapping, len(d.Labels))
	for i, name := range d.Labels {
		list[i].Class, list[i].Index = name, i
	}
	count := func(examples []Example, add func(*ClassMapping)) {
		for _, e := range examples {
			labels := e.Labels
			if d.Task == TokenClassification {
				labels = e.Tags
			}
			if d.Task == SingleLabel || d.Task == "" {
				labels = []int{e.Label}
			}
			for _, label := range labels {
				if label >= 0 && label < len(list) {
					add(&list[label])
				}
			}
		}
	}
	count(d.Train, func(c *ClassMapping) { c.Train++ })
	count(d.Test, func(c *ClassMapping) { c.Test++ })
	return list
}

// validateTask is Validate for other tasks than SingleLabel.
func (d *Dataset) validateTask() error {
	if err := d.anyName(); err != nil {
		return err
	}
	if len(d.Train) == 0 {
		return fmt.Errorf("data set %q has no training example: expected at least one", d.Name)
	}
	return d.validateAnswers()
}

func (d *Dataset) anyName() error {
	if len(d.Labels) == 0 {
		return fmt.Errorf("data set %q has no name in Labels: expected one for each class, or one for the number of %s", d.Name, Regression)
	}
	return nil
}

// validateAnswers checks the answers of all halves, for other tasks than SingleLabel.
func (d *Dataset) validateAnswers() error {
	for _, half := range []struct {
		name     string
		examples []Example
	}{{halves.Train, d.Train}, {halves.Validation, d.Validation}, {halves.Test, d.Test}} {
		for _, e := range half.examples {
			if err := d.validateAnswer(e); err != nil {
				return fmt.Errorf("data set %q, %s half, example %q: %w", d.Name, half.name, e.ID, err)
			}
		}
	}
	return nil
}

func (d *Dataset) validateAnswer(e Example) error {
	if e.Label != noLabel {
		return fmt.Errorf("the field Label is %d: expected -1 for the task %s", e.Label, d.Task)
	}
	if d.Task == TokenClassification {
		return d.validateTags(e)
	}
	if d.Task == Regression {
		if math.IsNaN(e.Value) || math.IsInf(e.Value, 0) {
			return fmt.Errorf("the field Value is %v: expected a finite number", e.Value)
		}
		return nil
	}
	for i, label := range e.Labels {
		if label < 0 || label >= len(d.Labels) || i > 0 && label <= e.Labels[i-1] {
			return fmt.Errorf("Labels are %v: expected ascending indices from 0 to %d", e.Labels, len(d.Labels)-1)
		}
	}
	return nil
}

// emptyClasses returns the classes of MultiLabel without an example in a half.
func (d *Dataset) emptyClasses(count func(ClassMapping) int) (names []string) {
	for _, class := range d.Mapping() {
		if count(class) == 0 {
			names = append(names, class.Class)
		}
	}
	return slices.Clip(names)
}

// taskWarnings are the warnings about classes of MultiLabel without examples.
func (d *Dataset) taskWarnings() (list []string) {
	if d.Task != MultiLabel {
		return nil
	}
	if none := d.emptyClasses(func(c ClassMapping) int { return c.Train }); none != nil {
		list = append(list, fmt.Sprintf("no training example has one of the classes %s: the model cannot learn them", fewNames(none)))
	}
	if len(d.Test) > 0 {
		if none := d.emptyClasses(func(c ClassMapping) int { return c.Test }); none != nil {
			list = append(list, fmt.Sprintf("no test example has one of the classes %s: their recall and AUC are undefined", fewNames(none)))
		}
	}
	return list
}

// multiLabelCounts lists the numbers of examples of each class.
func (d *Dataset) multiLabelCounts(training bool) string {
	var b strings.Builder
	for i, class := range d.Mapping() {
		n := class.Test
		if training {
			n = class.Train
		}
		fmt.Fprintf(&b, "%s%s %d", []string{" (", ", "}[min(i, 1)], class.Class, n)
	}
	return b.String() + ")"
}
