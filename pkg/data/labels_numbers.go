package data

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

var groupsOfThree = regexp.MustCompile(`^[+-]?[1-9][0-9]{0,2},[0-9]{3}$`)

// resolveNumbers resolves the answers of Regression and returns the name of the label column.
func (b *tableBuilder) resolveNumbers(rows []*tableRow) ([]string, error) {
	comma, err := b.decimalComma(rows)
	if err != nil {
		return nil, err
	}
	least, most := math.Inf(1), math.Inf(-1)
	skipped := 0
	for _, row := range rows {
		if row.answer, err = parseAnswer(row.Label, comma); err != nil {
			if b.opener.BadRows != SkipBadRows || skipped == len(rows)-1 {
				return nil, row.fault(err)
			}
			skipped++
			continue
		}
		least, most = min(least, row.answer), max(most, row.answer)
	}
	if skipped > 0 {
		b.drop(func(row *tableRow) (bool, error) {
			if row.half == halves.Unsupervised {
				return false, nil
			}
			_, err := parseAnswer(row.Label, comma)
			return false, err
		})
	}
	if least == most && !b.opener.Evaluation {
		return nil, fmt.Errorf("every label is %v: expected different numbers for the task %s", least, Regression)
	}
	if b.names != nil {
		b.warnings = append(b.warnings, fmt.Sprintf("the labels are the indices of the classes %s and are read as numbers: the task %s suits classes only if their order is one of size",
			fewNames(b.names), Regression))
	}
	b.notes = append(b.notes, fmt.Sprintf("labels are numbers from %s to %s", numerals.Exact(least), numerals.Exact(most)))
	name := b.labelColumn
	if name == "" {
		name = "label"
	}
	return []string{name}, nil
}

// decimalComma reports whether the labels are numbers with a decimal comma. "1,234" may be a
// thousand: where every comma stands before three digits, it is an error.
func (b *tableBuilder) decimalComma(rows []*tableRow) (bool, error) {
	isString := func(row *tableRow) bool { return row.Label.Kind == records.StringKind }
	found := slices.IndexFunc(rows, func(row *tableRow) bool { return isString(row) && records.DecimalComma.MatchString(row.Label.Text) })
	if found < 0 {
		return false, nil
	}
	sure := false
	for _, row := range rows {
		switch {
		case !isString(row):
		case strings.Contains(row.Label.Text, "."):
			return false, nil // a comma is then a fault
		case records.DecimalComma.MatchString(row.Label.Text) && !groupsOfThree.MatchString(row.Label.Text):
			sure = true
		}
	}
	if !sure {
		return false, rows[found].fault(fmt.Errorf("label is %q: a decimal comma or a thousand; write numbers without commas", rows[found].Label.Text))
	}
	b.notes = append(b.notes, fmt.Sprintf("labels have a decimal comma, such as %s", rows[found].Label.Text))
	return true, nil
}

func parseAnswer(label records.Value, comma bool) (float64, error) {
	text := label.Text
	if comma && label.Kind == records.StringKind {
		text = strings.Replace(text, ",", ".", 1)
	}
	if label.Kind != records.StringKind && label.Kind != records.NumberKind {
		return 0, fmt.Errorf(`"label" is %s: expected a number`, label.Sample())
	}
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return 0, fmt.Errorf(`"label" is %s: expected a finite number`, label.Sample())
	case err != nil || !records.IsDecimal(text):
		return 0, fmt.Errorf(`"label" is %s: expected a number`, label.Sample())
	}
	return x, nil
}
