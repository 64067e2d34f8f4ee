package data

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// resolveLabels sets the code of every row, of which there is at least one, and
// returns the classes' names. The training rows decide which classes there are,
// unless declared does.
func resolveLabels(declared []string, rows []*tableRow) ([]string, error) {
	if declared != nil {
		return slices.Clone(declared), resolveDeclared(declared, rows)
	}
	first := rows[0]
	found := map[string]bool{}
	for _, row := range rows {
		if isInteger(row.label) != isInteger(first.label) {
			return nil, row.fault(fmt.Errorf("label %q, but %q at %s:%d: want integers throughout or names throughout",
				row.label, first.label, first.path, first.line))
		}
		if row.half == train {
			found[row.label] = true
		}
	}
	if isInteger(first.label) {
		return resolveIntegers(rows)
	}
	names := slices.Sorted(maps.Keys(found))
	return names, resolveDeclared(names, rows)
}

// resolveDeclared reads labels that are names, or integers that count them.
func resolveDeclared(names []string, rows []*tableRow) error {
	index := map[string]int{}
	for i := range names {
		index[strconv.Itoa(i)] = i
	}
	for i, name := range names {
		index[name] = i
	}
	for _, row := range rows {
		code, ok := index[row.label]
		if !ok {
			return row.fault(&LabelError{row.label, fmt.Sprintf("one of the training classes %q", names)})
		}
		row.code = code
	}
	return nil
}

// resolveIntegers reads labels that are integers without names: with n of them
// in training they must be 0 to n-1, for a gap would be an empty class.
func resolveIntegers(rows []*tableRow) ([]string, error) {
	found := map[int]bool{}
	for _, row := range rows {
		row.code, _ = strconv.Atoi(row.label)
		if row.half == train {
			found[row.code] = true
		}
	}
	for _, row := range rows {
		if row.code < 0 || row.code >= len(found) {
			return nil, row.fault(&LabelError{row.label, fmt.Sprintf(
				"0 to %d, as the training reviews have %d different labels, counted from 0 without a gap", len(found)-1, len(found))})
		}
	}
	names := make([]string, len(found))
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names, nil
}

func isInteger(label string) bool {
	_, err := strconv.Atoi(label)
	return err == nil
}
