package records

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

const hiddenLabels = "If the labels are hidden, as in a competition's test file, leave the file out"

// isFree reports whether a column has a name, values that can be used, and no use yet.
func (f *finder) isFree(i int) bool {
	c := f.columns[i]
	return c.Name != "" && c.Kind != Unusable && !slices.Contains(f.s.Used(), i)
}

func (f *finder) anyFree() bool {
	for i := range f.columns {
		if f.isFree(i) {
			return true
		}
	}
	return false
}

// notObvious is the error where a column is not found, or several are.
func (f *finder) notObvious(field, parameter, what string, found []int) error {
	why := fmt.Sprintf("no column is obviously %s", what)
	if parameter == "text" && len(found) == 0 {
		why = `there is no column "text", and ` + why
	}
	if parameter == "label" && len(found) == 0 {
		why = `there is no column "label", and ` + why
	}
	example := f.suggestion(field == "Label")
	if field == "Label" && len(found) == 0 && !f.anyFree() {
		return fmt.Errorf("%s, and every column has another use: expected one with the labels; the columns are\n%s\n%s", why, listColumns(f.columns), hiddenLabels)
	}
	if len(found) > 0 {
		why = fmt.Sprintf("%s may each be %s", QuotedList(f.s.namesOf(found)), what)
		example = f.s.Names[found[0]]
	}
	hint := ""
	if name := f.nested(); parameter == "text" && name != "" && len(found) == 0 {
		return fmt.Errorf("%s: column %q has objects, whose fields are not read: move them to the top of each record (in Label Studio the export JSON-MIN or CSV does so); the columns are\n%s",
			why, name, listColumns(f.columns))
	}
	if field == "Label" && len(found) == 0 {
		hint = "\n" + hiddenLabels
	}
	if field == "Text" && len(found) == 0 && f.sink.Task != TokenClassification {
		if word, rows := f.rowsHint(); word != "" {
			example, hint = word, rows
		}
	}
	return fmt.Errorf("%s: set Columns.%s, such as data.Columns{%s: %q} (in a notebook -p %s=%s, of kernel evaluate and label --%s-column %s); the columns are\n%s%s",
		why, field, field, example, parameter, shellName(example), parameter, shellName(example), listColumns(f.columns), hint)
}

// suggestion returns a column for the example of an error: the one with the longest values, or
// for a label that with the fewest different ones, of several.
func (f *finder) suggestion(label bool) string {
	best, name := 0.0, f.columns[0].Name
	for i, c := range f.columns {
		s := c.stats()
		score := s.length
		if label {
			score = 1 / float64(max(s.distinct, 1))
			if s.distinct == 1 {
				score = 1e-9
			}
		}
		if !label && !holdsText(c) {
			continue
		}
		if f.isFree(i) && score > best {
			best, name = score, c.Name
		}
	}
	return name
}

// nested returns a column of objects if no column has texts, which may be in fields of the objects; "" for none.
func (f *finder) nested() string {
	isObject := func(v Value) bool { return v.Kind == ObjectKind }
	if slices.ContainsFunc(f.columns, func(c Column) bool {
		return holdsText(c) && slices.ContainsFunc(c.Samples, func(v Value) bool { return strings.Contains(strings.TrimSpace(v.Text), " ") })
	}) {
		return ""
	}
	found := slices.IndexFunc(f.columns, func(c Column) bool { return c.Kind == UntypedColumn && slices.ContainsFunc(c.Samples, isObject) })
	if found < 0 {
		return ""
	}
	for i, c := range f.columns { // the one with something that looks like a text
		if slices.ContainsFunc(c.Samples, func(v Value) bool { return isObject(v) && strings.Contains(v.Text, `"text"`) }) {
			found = i
			break
		}
	}
	return f.columns[found].Name
}

// listColumns lists columns with a sample value each.
func listColumns(columns []Column) string {
	const most = 40
	lines := make([]string, 0, len(columns))
	for i, c := range columns {
		if i == most {
			lines = append(lines, fmt.Sprintf("  and %d more", len(columns)-most))
			break
		}
		lines = append(lines, fmt.Sprintf("  %.60q: %s", c.Name, c.sample()))
	}
	return strings.Join(lines, "\n")
}

// shellName quotes a name for a shell if it must be.
func shellName(name string) string {
	if name != "" && strings.Trim(columnKey(name), "abcdefghijklmnopqrstuvwxyz0123456789") == "" && !strings.ContainsAny(name, " \t'\"$&|;<>()*?#!\\`~[]{}") {
		return name
	}
	return strconv.Quote(name)
}
