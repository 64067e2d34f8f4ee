package chart

import (
	"reflect"
	"strconv"
)

// difference returns the changes that make one JSON value from another, nil if they are
// equal. Layouts of a chart share most of their data, so a page carries it once.
//
// A replacement is a list of one value. Changes of an object are an object of its changed
// keys, with null for those that are gone. Changes of a list are an object of its changed
// indices, and "length" if the length differs.
func difference(from, to any) any {
	if reflect.DeepEqual(from, to) {
		return nil
	}
	changes := make(map[string]any)
	switch to := to.(type) {
	case map[string]any:
		from, ok := from.(map[string]any)
		if !ok {
			return []any{to}
		}
		for key, value := range to {
			if old, ok := from[key]; !ok {
				changes[key] = []any{value}
			} else if d := difference(old, value); d != nil {
				changes[key] = d
			}
		}
		for key := range from {
			if _, ok := to[key]; !ok {
				changes[key] = nil
			}
		}
	case []any:
		from, ok := from.([]any)
		if !ok {
			return []any{to}
		}
		for i, value := range to {
			if i >= len(from) {
				changes[strconv.Itoa(i)] = []any{value}
			} else if d := difference(from[i], value); d != nil {
				changes[strconv.Itoa(i)] = d
			}
		}
		if len(from) != len(to) {
			changes["length"] = len(to)
		}
	default:
		return []any{to}
	}
	return changes
}
