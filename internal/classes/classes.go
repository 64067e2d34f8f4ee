// Package classes compares the names that files and callers give to the classes of a
// classifier:
//
//	rows, same, err := classes.Order([]string{"neg", "pos"}, []string{"pos", "neg"}) // rows: 1, 0
package classes

import (
	"fmt"
	"slices"
	"strings"
)

// Check returns an error if there are fewer names than the minimum, or if a name is empty or repeated.
func Check(labels []string, least int) error {
	if len(labels) < least {
		return fmt.Errorf("labels %q: expected the names of at least %d classes", labels, least)
	}
	for i, label := range labels {
		if label == "" || slices.Contains(labels[:i], label) {
			return fmt.Errorf("labels %q: expected a different name for each class, class %d is %q", labels, i, label)
		}
	}
	return nil
}

// Order compares labels with named, the names of a classifier's rows. If both contain the same
// names in any order, compared without regard to case, same is true and rows contains the row
// of each label's name. If the names differ, rows is 0 to len(labels)-1. A name that both have
// at different places, upper and lower case alike, while other names differ, is an error: no
// order of the rows fits both.
func Order(named, labels []string) (rows []int, same bool, err error) {
	equals := []func(a, b string) bool{func(a, b string) bool { return a == b }, strings.EqualFold}
	if len(named) == len(labels) {
		for _, equal := range equals {
			found := make([]int, len(labels))
			for i, label := range labels {
				found[i] = slices.IndexFunc(named, func(name string) bool { return equal(name, label) })
			}
			if isPermutation(found) {
				return found, true, nil
			}
		}
		for _, equal := range equals {
			for i, label := range labels {
				at := slices.IndexFunc(named, func(name string) bool { return equal(name, label) })
				if at >= 0 && !equal(named[i], label) {
					return nil, false, fmt.Errorf("the classifier's classes are %q, with %q as class %d; found the labels %q, with it as class %d; expected the same names, or only new names", named, label, at, labels, i)
				}
			}
		}
	}
	rows = make([]int, len(labels))
	for i := range rows {
		rows[i] = i
	}
	return rows, false, nil
}

// isPermutation reports whether the indices are a permutation of 0 to len-1.
func isPermutation(indices []int) bool {
	for i, index := range slices.Sorted(slices.Values(indices)) {
		if index != i {
			return false
		}
	}
	return true
}
