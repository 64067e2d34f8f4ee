package data

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// labelSeparators are the separators of class names in a string, for MultiLabel.
var labelSeparators = []string{"|", ";", ","}

// resolveLists resolves the labels of MultiLabel.
func (b *tableBuilder) resolveLists(rows []*tableRow) ([]string, error) {
	if err := b.splitStrings(rows); err != nil {
		return nil, err
	}
	names := b.names
	if names == nil {
		var err error
		if names, err = classesOfLists(rows); err != nil {
			return nil, err
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("no training example has a label: expected at least one class; check Columns.Label (in a notebook -p label=NAME)")
	}
	index, repeated, without := classIndex(names), 0, 0
	for _, row := range rows {
		row.codes = []int{}
		for _, label := range row.label.list {
			code, err := listedCode(label, names, index, b.names != nil)
			if err != nil {
				return nil, row.fault(err)
			}
			row.codes = append(row.codes, code)
		}
		slices.Sort(row.codes)
		all := len(row.codes)
		row.codes = slices.Compact(row.codes)
		if len(row.codes) < all {
			repeated++
		}
		if all == 0 {
			without++
		}
	}
	if repeated > 0 {
		b.notes = append(b.notes, fmt.Sprintf("%d examples name a class twice, which counts once", repeated))
	}
	if without > 0 {
		b.notes = append(b.notes, fmt.Sprintf("%d of %d examples have no label", without, len(rows)))
	}
	return slices.Clone(names), nil
}

// listedCode returns the index of one label of a list.
func listedCode(label value, names []string, index map[string]int, declared bool) (int, error) {
	if declared {
		return declaredCode(label, names, index)
	}
	code, ok := index[label.text]
	if !ok {
		return 0, &LabelError{label.text, expectedLabels(value{}, names)}
	}
	return code, nil
}

// classesOfLists returns the classes of the training rows, integers in ascending and names in
// alphabetical order.
func classesOfLists(rows []*tableRow) ([]string, error) {
	found := map[string]bool{}
	var first *tableRow
	var one value
	integers := true
	for _, row := range rows {
		for _, label := range row.label.list {
			if first == nil {
				first, one, integers = row, label, isInteger(label.text)
			}
			if isInteger(label.text) != integers {
				return nil, row.fault(fmt.Errorf(`"label" is %s, but %s at %s:%d: expected only integers or only names`,
					label.sample(), one.sample(), first.path, first.line))
			}
			if row.half == halves.Train {
				found[label.text] = true
			}
		}
	}
	names := slices.Sorted(maps.Keys(found))
	if integers {
		slices.SortFunc(names, func(a, b string) int {
			x, _ := strconv.Atoi(a)
			y, _ := strconv.Atoi(b)
			return x - y
		})
	}
	return names, nil
}

// splitStrings turns the labels of all rows into lists of strings and whole numbers.
func (b *tableBuilder) splitStrings(rows []*tableRow) error {
	separator, err := b.separator(rows)
	if err != nil {
		return err
	}
	for _, row := range rows {
		list := row.label.list
		switch {
		case row.label.kind == listKind:
		case row.label.kind == objectKind:
			return row.fault(fmt.Errorf(`"label" is %s: expected a list of classes`, row.label.sample()))
		case row.label.kind != stringKind:
			list = []value{row.label}
		default:
			if list, err = parseListed(row.label.text, separator); err != nil {
				return row.fault(err)
			}
		}
		kept := make([]value, 0, len(list))
		for _, item := range list {
			if item.kind == listKind || item.kind == objectKind || item.kind == nullKind {
				return row.fault(fmt.Errorf(`"label" is %s: expected a list of integers or names`, row.label.sample()))
			}
			item.text = strings.TrimSpace(item.text)
			if item.kind == numberKind {
				whole, ok := wholeNumber(item.text)
				if !ok {
					return row.fault(fmt.Errorf(`"label" contains %.40s: expected integers or names`, item.text))
				}
				item.text = whole
			}
			if item.text == "" {
				return row.fault(fmt.Errorf(`"label" %s contains an empty name: expected class names`, row.label.sample()))
			}
			kept = append(kept, item)
		}
		row.label.list = kept
	}
	return nil
}

// separator finds the separator of the labels that are strings: the only one of labelSeparators
// that occurs. Lists as Python and JSON write them, "['a', 'b']", need none.
func (b *tableBuilder) separator(rows []*tableRow) (string, error) {
	if b.opener.LabelSeparator != "" {
		return b.opener.LabelSeparator, nil
	}
	count := map[string]int{}
	texts := 0
	example := map[string]string{}
	for _, row := range rows {
		if row.label.kind != stringKind || row.label.text == "" || isBracketed(row.label.text) {
			continue
		}
		texts++
		for _, separator := range labelSeparators {
			if strings.Contains(row.label.text, separator) {
				count[separator]++
				example[separator] = row.label.text
			}
		}
	}
	var found []string
	for _, separator := range labelSeparators {
		if count[separator] > 0 {
			found = append(found, separator)
		}
	}
	switch len(found) {
	case 0:
		if texts > 0 {
			b.notes = append(b.notes, fmt.Sprintf(`labels: none contains a separator (%s), so that each names one class; set Opener.LabelSeparator for another`, quotedList(labelSeparators)))
		}
		return "", nil
	case 1:
		b.notes = append(b.notes, fmt.Sprintf("labels: %q separates the classes of an example, such as %s", found[0], value{text: example[found[0]]}.sample()))
		return found[0], nil
	}
	return "", fmt.Errorf("labels contain %s, such as %s and %s: set Opener.LabelSeparator to the separator of the classes, such as %q",
		quotedList(found), value{text: example[found[0]]}.sample(), value{text: example[found[1]]}.sample(), found[0])
}

func isBracketed(text string) bool {
	return strings.HasPrefix(text, "[") && strings.HasSuffix(text, "]") || strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}")
}

// parseListed parses class names in a string.
func parseListed(text, separator string) ([]value, error) {
	switch {
	case text == "":
		return nil, nil
	case isBracketed(text):
		return parseWrittenList(text)
	case separator == "":
		return []value{{text: text}}, nil
	}
	var list []value
	for _, name := range strings.Split(text, separator) {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, value{text: name})
		}
	}
	return list, nil
}

// parseWrittenList parses a list or a set as Python's str or JSON writes it: pandas writes lists
// into CSV files so.
func parseWrittenList(text string) ([]value, error) {
	fault := fmt.Errorf("label is %.60q: expected a list such as ['a', 'b'] or [0, 2]", text)
	inner := strings.TrimSpace(text[1 : len(text)-1])
	var list []value
	for inner != "" {
		item, rest, ok := cutItem(inner)
		if !ok {
			return nil, fault
		}
		list = append(list, item)
		if inner = strings.TrimSpace(rest); inner == "" {
			break
		}
		if inner[0] == ',' { // NumPy's arrays have no commas
			if inner = strings.TrimSpace(inner[1:]); inner == "" {
				break
			}
		}
	}
	return list, nil
}

// cutItem cuts the first item of a list off: a quoted string or a number.
func cutItem(text string) (item value, rest string, ok bool) {
	quote := text[0]
	if quote != '\'' && quote != '"' {
		end := strings.IndexAny(text, ", \t\n")
		if end < 0 {
			end = len(text)
		}
		whole, isNumber := wholeNumber(text[:end])
		return value{text: whole, kind: numberKind}, text[end:], isNumber
	}
	for at := 1; at < len(text); at++ {
		switch text[at] {
		case '\\':
			at++
		case quote:
			body := text[1:at]
			if quote == '\'' {
				body = strings.ReplaceAll(strings.ReplaceAll(body, `\'`, `'`), `"`, `\"`)
			}
			var name string
			if json.Unmarshal([]byte(`"`+body+`"`), &name) != nil {
				return value{}, "", false
			}
			return value{text: name}, text[at+1:], true
		}
	}
	return value{}, "", false
}
