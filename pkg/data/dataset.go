package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// Dataset holds the labelled examples of a source, divided into a training, a validation and a
// test half, and its unlabelled examples.
type Dataset struct {
	// Name is "imdb", or the name of the file or folder without its extension.
	Name string
	// Task determines which field of the examples has the answer; "" means SingleLabel.
	Task Task
	// Labels are the names of the classes, indexed by the Label of an example. Classes that
	// the source gives as integers without names are called by these integers: "0", "1", ...
	// For Regression it is one name, that of the column with the numbers, and for
	// TokenClassification they are the tags.
	Labels []string
	// Train is for training, and Test for the final measurement only. Test is empty if the
	// source has none: hold out some of Train with sampling.Split, or with
	// sampling.SplitGroups if texts occur several times.
	Train, Test []Example
	// Validation is for the selection of the best state of a training. It is empty if the
	// source has no such half.
	Validation []Example
	// HiddenTest is the number of examples of a test half that is left out because its labels are
	// hidden: each is missing, or each is -1. A note states it.
	HiddenTest int
	// Unlabelled are further texts for pre-training, each with Label -1. They are read only
	// if [Opener].Unlabelled is set.
	Unlabelled []Example
	// Warnings are findings that do not prevent the use of the data set but change the
	// meaning of a result, one sentence each. Most data sets have none.
	Warnings []string
	// Notes state what was found in the source, one sentence each: the columns that were
	// taken and those that are not used, the delimiter, the classes of numbers.
	Notes []string
}

// Validate checks a data set that a program built, as [Open] checks the ones it reads. It
// requires at least two classes with different names, labels in range (else a [LabelError])
// and a training example in each class (else an [EmptyClassError]). Validation and Test may be
// empty, as a whole or for some classes. A data set that holds only unlabelled examples needs no classes.
// An unlabelled example with a label is a [LabelError].
func (d *Dataset) Validate() error {
	for _, r := range d.Unlabelled {
		if r.Label != noLabel {
			return fmt.Errorf("data set %q, unlabelled review %q: %w", d.Name, r.ID,
				&LabelError{Label: strconv.Itoa(r.Label), Reason: "expected -1, for no label"})
		}
	}
	onlyUnlabelled := len(d.Unlabelled) > 0 && len(d.Train) == 0 && len(d.Validation) == 0 && len(d.Test) == 0
	if onlyUnlabelled && len(d.Labels) == 0 {
		return nil
	}
	if d.Task == MultiLabel || d.Task == Regression || d.Task == TokenClassification {
		return d.validateTask()
	}
	if len(d.Labels) < 2 {
		return fmt.Errorf("data set %q has classes %q: expected at least two", d.Name, d.Labels)
	}
	if err := d.differentNames(); err != nil {
		return err
	}
	if len(d.Train) == 0 && !onlyUnlabelled {
		return fmt.Errorf("data set %q has no training review: expected at least one of each class", d.Name)
	}
	if onlyUnlabelled {
		return nil
	}
	counts, err := d.labelCounts(halves.Train, d.Train)
	if err != nil {
		return err
	}
	if empty := slices.Index(counts, 0); empty >= 0 {
		return &EmptyClassError{Dataset: d.Name, Half: halves.Train, Class: d.Labels[empty]}
	}
	if _, err := d.labelCounts(halves.Validation, d.Validation); err != nil {
		return err
	}
	_, err = d.labelCounts(halves.Test, d.Test)
	return err
}

// differentNames requires a different name for each class.
func (d *Dataset) differentNames() error {
	seen := map[string]bool{}
	for _, name := range d.Labels {
		if name == "" || seen[name] {
			return fmt.Errorf("data set %q has classes %q: expected a different name for each class", d.Name, d.Labels)
		}
		seen[name] = true
	}
	return nil
}

func (d *Dataset) labelCounts(half string, examples []Example) ([]int, error) {
	counts, err := Counts(examples, len(d.Labels))
	if err != nil {
		return nil, fmt.Errorf("data set %q, %s half: %w", d.Name, half, err)
	}
	return counts, nil
}

// TestWarnings returns a warning if a test half lacks classes. [Open] adds it to the warnings; it
// is for a test half that a program made.
func (d *Dataset) TestWarnings() []string { return testWarnings(d.Labels, d.Test) }

func testWarnings[E Drawable](labels []string, test []E) []string {
	missing := classesWithoutTest(labels, test)
	if len(missing) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("the test half has no example of the classes %s: "+
		"their support, recall and F1 are 0, macro averages count them with 0, and their ROC curves are undefined", fewNames(missing))}
}

// classesWithoutTest returns the classes that have no test example, and none if the test half
// is empty.
func classesWithoutTest[E Drawable](labels []string, test []E) []string {
	counts, err := Counts(test, len(labels))
	if err != nil || len(test) == 0 {
		return nil
	}
	var names []string
	for label, n := range counts {
		if n == 0 {
			names = append(names, labels[label])
		}
	}
	return names
}

// Counts returns the number of examples of each class, indexed by label. A label outside 0 to
// classes-1 is a [LabelError].
func Counts[E Drawable](examples []E, classes int) ([]int, error) {
	const most = 1 << 20 // classes: more are a mistake, and their counts would fill the memory
	if classes < 0 || classes > most {
		return nil, fmt.Errorf("%d classes: expected 0 to %d", classes, most)
	}
	counts := make([]int, classes)
	for _, r := range examples {
		label := r.Answer().Label
		if label < 0 || label >= len(counts) {
			return nil, fmt.Errorf("example %q: %w", NameOf(r), &LabelError{
				Label: strconv.Itoa(label), Reason: fmt.Sprintf("expected 0 to %d, for %d classes", classes-1, classes)})
		}
		counts[label]++
	}
	return counts, nil
}

// NameOf returns the id of an example, or the half and the index of a reference.
func NameOf[E Drawable](e E) string {
	switch e := any(e).(type) {
	case Example:
		return e.ID
	case Ref:
		return e.String()
	}
	return ""
}

// String summarizes the data set in one line: name, sizes and classes.
func (d *Dataset) String() string {
	var b strings.Builder
	b.WriteString(d.Name)
	for _, half := range []struct {
		name     string
		examples []Example
	}{{halves.Train, d.Train}, {halves.Validation, d.Validation}, {halves.Test, d.Test}} {
		if half.name == halves.Validation && len(half.examples) == 0 {
			continue
		}
		fmt.Fprintf(&b, ", %s %d", half.name, len(half.examples))
		if len(half.examples) == 0 || d.Task == Regression {
			continue
		}
		if d.Task == TokenClassification {
			words := 0
			for _, e := range half.examples {
				words += len(e.Words)
			}
			fmt.Fprintf(&b, " sentences (%d words)", words)
			continue
		}
		if d.Task == MultiLabel {
			b.WriteString(d.multiLabelCounts(half.name == halves.Train))
			continue
		}
		counts, err := Counts(half.examples, len(d.Labels))
		if err != nil {
			fmt.Fprintf(&b, " (%v)", err)
			continue
		}
		for label, n := range counts {
			fmt.Fprintf(&b, "%s%s %d", []string{" (", ", "}[min(label, 1)], d.Labels[label], n)
		}
		b.WriteString(")")
	}
	if n := len(d.Unlabelled); n > 0 {
		fmt.Fprintf(&b, ", unlabelled %d", n)
	}
	return b.String()
}
