package data

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// readCategories turns the labels that are objects with a score of each class, {"good": 1.0, "bad": 0.0}, as
// spaCy has in "cats", into the classes with the score 1. Other labels stay as they are.
func (b *tableBuilder) readCategories(rows []*tableRow) error {
	known, chosen := map[string]bool{}, map[string]bool{}
	for _, row := range rows {
		if row.Label.Kind != records.ObjectKind || spansHint(row.Label) != "" {
			continue
		}
		scores := map[string]any{}
		if err := json.Unmarshal([]byte(row.Label.Text), &scores); err != nil || len(scores) == 0 {
			continue // the error for an object follows
		}
		var list []records.Value
		for _, name := range slices.Sorted(maps.Keys(scores)) {
			known[name] = true
			switch scores[name] {
			case 1.0, true:
				chosen[name] = true
				list = append(list, records.Value{Text: name, Kind: records.StringKind})
			case 0.0, false:
			case nil:
				scores[name] = "null"
				fallthrough
			default:
				return row.fault(fmt.Errorf(`"label" is %s: expected 1 for the classes of the text and 0 for the others, found %v for %q`, row.Label.Sample(), scores[name], name))
			}
		}
		if b.opener.Task == MultiLabel {
			row.Label = records.Value{Kind: records.ListKind, List: list}
			continue
		}
		if len(list) != 1 {
			return row.fault(fmt.Errorf(`"label" is %s: expected 1 for one class, found it for %d; several labels for each text are read with Opener.Task = data.MultiLabel (in a notebook -p task=%s)`,
				row.Label.Sample(), len(list), MultiLabel))
		}
		row.Label = list[0]
	}
	if len(known) == 0 {
		return nil
	}
	b.notes = append(b.notes, "labels: the scores of the classes are 0 or 1, and the labels are the classes with 1")
	maps.DeleteFunc(known, func(name string, _ bool) bool { return chosen[name] })
	if len(known) > 0 {
		b.warnings = append(b.warnings, fmt.Sprintf("labels: no example has one of the classes %s, which are left out", records.QuotedList(slices.Sorted(maps.Keys(known)))))
	}
	return nil
}
