package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Dataset is labelled reviews in the two halves of their source, and unlabelled
// ones beside them.
type Dataset struct {
	// Name is "imdb", or the file's or folder's name without its ending.
	Name string
	// Labels are the classes' names; a review's Label is an index into them.
	// Classes that the source names by integers only are called "0", "1", ...
	Labels []string
	// Train is for learning, and Test for the final measurement only. Test is
	// empty if the source has none: hold some of Train out with [Split].
	Train, Test []Review
	// Unlabelled are further texts to learn the language from, each with Label
	// -1. They are read only if [Opener].Unlabelled asks for them.
	Unlabelled []Review
	// Warnings are findings that do not prevent the use of the data set but
	// change what a result means, one sentence each. Empty for most data sets.
	Warnings []string
}

// Validate checks a data set that was put together by hand as [Open] checks
// what it reads: at least two classes with different names, labels in range (a
// [LabelError]), and no class without a training review (an [EmptyClassError]).
// Test may be empty, as a whole or for some classes. If there is no labelled
// review at all but some unlabelled, the classes may be left out too. An
// unlabelled review with a label is a [LabelError].
func (d *Dataset) Validate() error {
	for _, r := range d.Unlabelled {
		if r.Label != noLabel {
			return fmt.Errorf("data set %q, unlabelled review %q: %w", d.Name, r.ID,
				&LabelError{Label: strconv.Itoa(r.Label), Want: "-1, for no label"})
		}
	}
	onlyUnlabelled := len(d.Unlabelled) > 0 && len(d.Train) == 0 && len(d.Test) == 0
	if onlyUnlabelled && len(d.Labels) == 0 {
		return nil
	}
	if len(d.Labels) < 2 {
		return fmt.Errorf("data set %q has classes %q: telling reviews apart needs at least two", d.Name, d.Labels)
	}
	seen := map[string]bool{}
	for _, name := range d.Labels {
		if name == "" || seen[name] {
			return fmt.Errorf("data set %q has classes %q: every class needs a name of its own", d.Name, d.Labels)
		}
		seen[name] = true
	}
	if len(d.Train) == 0 && !onlyUnlabelled {
		return fmt.Errorf("data set %q has no training review", d.Name)
	}
	if onlyUnlabelled {
		return nil
	}
	counts, err := d.countsOf(train, d.Train)
	if err != nil {
		return err
	}
	if empty := slices.Index(counts, 0); empty >= 0 {
		return &EmptyClassError{Dataset: d.Name, Half: train, Class: d.Labels[empty]}
	}
	_, err = d.countsOf(test, d.Test)
	return err
}

func (d *Dataset) countsOf(half string, reviews []Review) ([]int, error) {
	counts, err := Counts(reviews, len(d.Labels))
	if err != nil {
		return nil, fmt.Errorf("data set %q, %s half: %w", d.Name, half, err)
	}
	return counts, nil
}

// classesWithoutTest names the classes without a review in a test half that is not
// empty.
func (d *Dataset) classesWithoutTest() []string {
	counts, err := Counts(d.Test, len(d.Labels))
	if err != nil || len(d.Test) == 0 {
		return nil
	}
	var names []string
	for label, n := range counts {
		if n == 0 {
			names = append(names, d.Labels[label])
		}
	}
	return names
}

// Counts returns how many reviews each of the classes has, indexed by label. A
// label outside 0 to classes-1 is a [LabelError].
func Counts(reviews []Review, classes int) ([]int, error) {
	counts := make([]int, max(classes, 0))
	for _, r := range reviews {
		if r.Label < 0 || r.Label >= len(counts) {
			return nil, fmt.Errorf("review %q: %w", r.ID, &LabelError{
				Label: strconv.Itoa(r.Label), Want: fmt.Sprintf("0 to %d, for %d classes", classes-1, classes)})
		}
		counts[r.Label]++
	}
	return counts, nil
}

// String tells in one line what the data set holds.
func (d *Dataset) String() string {
	var b strings.Builder
	b.WriteString(d.Name)
	for _, half := range []struct {
		name    string
		reviews []Review
	}{{train, d.Train}, {test, d.Test}} {
		fmt.Fprintf(&b, ", %s %d", half.name, len(half.reviews))
		if len(half.reviews) == 0 {
			continue
		}
		counts, err := Counts(half.reviews, len(d.Labels))
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
