package data

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
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
		if names, err = b.classesOfLists(rows); err != nil {
			return nil, err
		}
	}
	if len(names) == 0 {
		which := "training "
		if b.opener.Evaluation {
			which = ""
		}
		return nil, fmt.Errorf("no %sexample has a label: expected at least one class; check Columns.Label (in a notebook -p label=NAME)", which)
	}
	index, repeated, without := classIndex(names), 0, 0
	for _, row := range rows {
		row.codes = []int{}
		for _, label := range row.Label.List {
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
func listedCode(label records.Value, names []string, index map[string]int, declared bool) (int, error) {
	if declared {
		return declaredCode(label, names, index)
	}
	code, ok := index[label.Text]
	if !ok {
		return 0, &LabelError{label.Text, expectedLabels(records.Value{}, names)}
	}
	return code, nil
}

// classesOfLists returns the classes of the training rows, integers in ascending and names in
// alphabetical order, and then those that only other rows of an evaluation have.
func (b *tableBuilder) classesOfLists(rows []*tableRow) ([]string, error) {
	found := labelSet[string]{}
	var first *tableRow
	var one records.Value
	integers := true
	for _, row := range rows {
		for _, label := range row.Label.List {
			if first == nil {
				first, one, integers = row, label, records.IsInteger(label.Text)
			}
			if records.IsInteger(label.Text) != integers {
				return nil, row.fault(fmt.Errorf(`"label" is %s, but %s at %s:%d: expected only integers or only names`,
					label.Sample(), one.Sample(), first.path, first.Line))
			}
			if b.givesClasses(row) {
				found.add(row, label.Text)
			}
		}
	}
	if !integers {
		return found.sorted(strings.Compare), nil
	}
	return found.sorted(func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a, b))
	}), nil
}

// splitStrings turns the labels of all rows into lists of strings and whole numbers.
func (b *tableBuilder) splitStrings(rows []*tableRow) error {
	separator, err := b.separator(rows)
	if err != nil {
		return err
	}
	for _, row := range rows {
		list := row.Label.List
		switch {
		case row.Label.Kind == records.ListKind:
		case row.Label.Kind == records.ObjectKind:
			return row.fault(withHint(fmt.Errorf(`"label" is %s: expected a list of classes`, row.Label.Sample()), spansSentence(row.Label)))
		case row.Label.Kind != records.StringKind:
			list = []records.Value{row.Label}
		default:
			if list, err = parseListed(row.Label.Text, separator); err != nil {
				return row.fault(err)
			}
		}
		kept := make([]records.Value, 0, len(list))
		for _, item := range list {
			if item.Kind == records.ListKind || item.Kind == records.ObjectKind || item.Kind == records.NullKind {
				return row.fault(withHint(fmt.Errorf(`"label" is %s: expected a list of integers or names`, row.Label.Sample()), spansSentence(row.Label)))
			}
			item.Text = strings.TrimSpace(item.Text)
			if item.Kind == records.NumberKind {
				whole, ok := records.WholeNumber(item.Text)
				if !ok {
					return row.fault(fmt.Errorf(`"label" contains %.40s: expected integers or names`, item.Text))
				}
				item.Text = whole
			}
			if item.Text == "" {
				return row.fault(fmt.Errorf(`"label" %s contains an empty name: expected class names`, row.Label.Sample()))
			}
			kept = append(kept, item)
		}
		row.Label.List = kept
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
		if row.Label.Kind != records.StringKind || row.Label.Text == "" || records.IsWrittenList(row.Label.Text) {
			continue
		}
		texts++
		for _, separator := range labelSeparators {
			if strings.Contains(row.Label.Text, separator) {
				count[separator]++
				example[separator] = row.Label.Text
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
			b.notes = append(b.notes, fmt.Sprintf(`labels: none contains a separator (%s), so that each names one class; set Opener.LabelSeparator (in a notebook -p labelSeparator=...) for another`, records.QuotedList(labelSeparators)))
		}
		return "", nil
	case 1:
		b.notes = append(b.notes, fmt.Sprintf("labels: %q separates the classes of an example, such as %s", found[0], records.Value{Text: example[found[0]]}.Sample()))
		return found[0], nil
	}
	return "", fmt.Errorf("labels contain %s, such as %s and %s: set Opener.LabelSeparator (in a notebook -p labelSeparator=...) to the separator of the classes, such as %q",
		records.QuotedList(found), records.Value{Text: example[found[0]]}.Sample(), records.Value{Text: example[found[1]]}.Sample(), found[0])
}

// parseListed parses class names in a string.
func parseListed(text, separator string) ([]records.Value, error) {
	switch {
	case text == "":
		return nil, nil
	case records.IsWrittenList(text):
		return records.ParseWrittenList(text)
	case separator == "":
		return []records.Value{{Text: text}}, nil
	}
	var list []records.Value
	for _, name := range strings.Split(text, separator) {
		if name = strings.TrimSpace(name); name != "" {
			list = append(list, records.Value{Text: name})
		}
	}
	return list, nil
}

// spansHint explains labels that are entities with the places of their characters, as annotation programs export
// them; "" for other labels. They are lists of [start, end, name], objects with these fields, or spaCy's
// {"entities": [...]}.
func spansHint(label records.Value) string {
	isSpan := func(v records.Value) bool {
		switch v.Kind {
		case records.ListKind:
			return len(v.List) >= 3 && v.List[0].Kind == records.NumberKind && v.List[1].Kind == records.NumberKind
		case records.ObjectKind:
			return strings.Contains(v.Text, `"start"`) && strings.Contains(v.Text, `"end"`)
		}
		return false
	}
	if label.Kind == records.ObjectKind && strings.Contains(label.Text, `"entities"`) || len(label.List) > 0 && isSpan(label.List[0]) {
		return "entities with the places of their characters are not read: write a list of the words of each text, and a list with a tag such as \"B-PER\" or \"O\" for each word " +
			"(in Label Studio the export CONLL2003), for the task " + string(TokenClassification)
	}
	return ""
}

func spansSentence(label records.Value) string {
	if hint := spansHint(label); hint != "" {
		return "; " + hint
	}
	return ""
}
