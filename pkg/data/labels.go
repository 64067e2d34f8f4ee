package data

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// resolveLabels sets the code of every row and returns the names of the classes: declared, or
// the labels of the training rows. There must be at least one row.
func resolveLabels(declared []string, rows []*tableRow) ([]string, error) {
	if declared != nil {
		return slices.Clone(declared), resolveDeclared(declared, rows)
	}
	first := rows[0]
	found := map[string]bool{}
	for _, row := range rows {
		if isInteger(row.label.text) != isInteger(first.label.text) {
			return nil, row.fault(fmt.Errorf("label %q, but %q at %s:%d: expected only integers or only names",
				row.label.text, first.label.text, first.path, first.line))
		}
		if row.half == train {
			found[row.label.text] = true
		}
	}
	if isInteger(first.label.text) {
		return resolveIntegers(rows)
	}
	names := slices.Sorted(maps.Keys(found))
	return names, resolveDeclared(names, rows)
}

// resolveDeclared resolves the labels where the names of the classes are known. A label with a
// number type is the index of a class. A string is a name, or else an index, as in
// ClassLabel.str2int of the datasets library 5.2.0.
func resolveDeclared(names []string, rows []*tableRow) error {
	index := map[string]int{}
	for i, name := range names {
		index[name] = i
	}
	for _, row := range rows {
		code, named := index[row.label.text]
		if row.label.number || !named {
			var err error
			if code, err = strconv.Atoi(row.label.text); err != nil || !isInteger(row.label.text) || code < 0 || code >= len(names) {
				return row.fault(&LabelError{row.label.text, expectedLabels(row.label, names) + hiddenHint(row)})
			}
		}
		row.code = code
	}
	return nil
}

// expectedLabels describes the labels that are possible.
func expectedLabels(label value, names []string) string {
	if label.number {
		return fmt.Sprintf("expected 0 to %d, the index of one of the classes %s", len(names)-1, fewNames(names))
	}
	return fmt.Sprintf("expected one of the training classes %s", fewNames(names))
}

// hiddenHint explains the label -1 in a test half, which benchmarks use for hidden labels.
func hiddenHint(row *tableRow) string {
	if row.half != test || row.label.text != strconv.Itoa(noLabel) {
		return ""
	}
	return "; -1 stands for a hidden label: leave this half out, or replace it by a split with labels"
}

// resolveIntegers resolves labels that are integers without names. With n different labels in
// the training half they must be 0 to n-1, because a gap would be an empty class.
func resolveIntegers(rows []*tableRow) ([]string, error) {
	found := map[int]bool{}
	for _, row := range rows {
		row.code, _ = strconv.Atoi(row.label.text)
		if row.half == train {
			found[row.code] = true
		}
	}
	for _, row := range rows {
		if row.code < 0 || row.code >= len(found) {
			return nil, row.fault(&LabelError{row.label.text, fmt.Sprintf(
				"expected 0 to %d, as the training reviews have %d different labels, counted from 0 without a gap", len(found)-1, len(found)) + hiddenHint(row) + countHint(row)})
		}
	}
	names := make([]string, len(found))
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names, nil
}

// countHint returns advice for integers that are not counted from 0.
func countHint(row *tableRow) string {
	if row.half == test {
		return ""
	}
	if row.code < 0 {
		return "; leave records without a label out"
	}
	return "; subtract the least label, or write names such as \"class 1\""
}

// isInteger reports whether a label is an integer in its canonical form: "01" and "+1" are
// names, and different ones.
func isInteger(label string) bool {
	n, err := strconv.Atoi(label)
	return err == nil && strconv.Itoa(n) == label
}
