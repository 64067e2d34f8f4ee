package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// resolveLabels sets the answer of every row and returns the names of the classes, declared or
// those of the training rows, of an evaluation those of all rows; for Regression one name. There must be at least one row.
func (b *tableBuilder) resolveLabels(rows []*tableRow) ([]string, error) {
	if b.opener.Task != Regression && b.opener.Task != TokenClassification {
		if err := b.readCategories(rows); err != nil {
			return nil, err
		}
	}
	switch b.opener.Task {
	case MultiLabel:
		return b.resolveLists(rows)
	case Regression:
		return b.resolveNumbers(rows)
	case TokenClassification:
		return b.resolveTags(rows)
	}
	for _, row := range rows {
		if err := b.checkSingle(row); err != nil {
			return nil, row.fault(err)
		}
	}
	if b.names != nil {
		if !slices.Contains(b.names, strconv.Itoa(noLabel)) && b.opener.BadRows == SkipBadRows {
			rows, _ = b.dropMissing(rows, "")
		}
		return slices.Clone(b.names), resolveDeclared(b.names, rows)
	}
	if err := b.sameKind(rows); err != nil {
		return nil, err
	}
	if records.IsInteger(rows[0].Label.Text) {
		return b.resolveIntegers(rows)
	}
	found := labelSet[string]{}
	for _, row := range rows {
		if b.givesClasses(row) {
			found.add(row, row.Label.Text)
		}
	}
	names := found.sorted(strings.Compare)
	if err := b.notAllDifferent(len(names), found.count, rows[0].Label); err != nil {
		return nil, err
	}
	if rows[0].Label.Kind == records.BoolKind {
		b.mapping("booleans", names)
	}
	return names, resolveDeclared(names, rows)
}

// checkSingle requires a label that is one class, and turns whole numbers with a decimal point
// into integers.
func (b *tableBuilder) checkSingle(row *tableRow) error {
	switch label := &row.Label; label.Kind {
	case records.ListKind, records.ObjectKind:
		if hint := spansHint(*label); hint != "" {
			return fmt.Errorf(`"label" is %s: expected an integer or a name; %s`, label.Sample(), hint)
		}
		return fmt.Errorf(`"label" is %s: expected an integer or a name; several labels for each text are read with Opener.Task = data.MultiLabel (in a notebook -p task=%s)`, label.Sample(), MultiLabel)
	case records.NumberKind:
		whole, ok := records.WholeNumber(label.Text)
		if !ok {
			return fmt.Errorf(`"label" is %.40s: expected an integer or a name; numbers to predict are read with Opener.Task = data.Regression (in a notebook -p task=%s)`, label.Text, Regression)
		}
		if whole != label.Text && b.isNew("whole numbers") {
			b.notes = append(b.notes, fmt.Sprintf("labels are numbers with a decimal point, such as %.40s, and are read as integers", label.Text))
		}
		label.Text = whole
	}
	return nil
}

// sameKind requires that all labels are integers, or none.
func (b *tableBuilder) sameKind(rows []*tableRow) error {
	first := rows[0]
	for _, row := range rows {
		if records.IsInteger(row.Label.Text) != records.IsInteger(first.Label.Text) || (row.Label.Kind == records.BoolKind) != (first.Label.Kind == records.BoolKind) {
			return row.fault(fmt.Errorf(`"label" is %s, but %s at %s:%d: expected only integers or only names`,
				row.Label.Sample(), first.Label.Sample(), first.path, first.Line))
		}
	}
	return nil
}

// notAllDifferent refuses labels of which each occurs once, which are not classes. An evaluation may
// have one example of each class.
func (b *tableBuilder) notAllDifferent(classes, rows int, first records.Value) error {
	if rows < records.FewSamples || classes < rows || b.opener.Evaluation {
		return nil
	}
	return fmt.Errorf("each of the %d training examples has a label of its own, such as %s: classes must repeat. "+
		"If another column has the classes, set Columns.Label (in a notebook -p label=NAME); "+
		"if the labels are numbers to predict, set Opener.Task = data.Regression (in a notebook -p task=%s)", rows, first.Sample(), Regression)
}

// resolveDeclared resolves the labels where the names of the classes are known. A label with a
// number type is the index of a class. A string is a name, or else an index, as in
// ClassLabel.str2int of the datasets library 5.2.0.
func resolveDeclared(names []string, rows []*tableRow) error {
	index := classIndex(names)
	for _, row := range rows {
		code, err := declaredCode(row.Label, names, index)
		if err != nil {
			return row.fault(withHint(err, hiddenHint(row)))
		}
		row.code = code
	}
	return nil
}

func classIndex(names []string) map[string]int {
	index := map[string]int{}
	for i, name := range names {
		index[name] = i
	}
	return index
}

func declaredCode(label records.Value, names []string, index map[string]int) (int, error) {
	code, named := index[label.Text]
	if named && label.Kind != records.NumberKind {
		return code, nil
	}
	code, err := strconv.Atoi(label.Text)
	if err != nil || !records.IsInteger(label.Text) || code < 0 || code >= len(names) {
		return 0, &LabelError{label.Text, expectedLabels(label, names)}
	}
	return code, nil
}

// expectedLabels describes the labels that are possible.
func expectedLabels(label records.Value, names []string) string {
	if label.Kind == records.NumberKind {
		return fmt.Sprintf("expected 0 to %d, the index of one of the classes %s", len(names)-1, fewNames(names))
	}
	for _, name := range names {
		if normalizedName(name) == normalizedName(label.Text) && label.Text != "" {
			return fmt.Sprintf("the training class %q differs from it only in case, in white space or in how characters are encoded: write both alike; the training classes are %s", name, fewNames(names))
		}
	}
	return fmt.Sprintf("expected one of the training classes %s", fewNames(names))
}

// hiddenHint explains the label -1 in a test half, which benchmarks use for hidden labels.
func hiddenHint(row *tableRow) string {
	if row.half != halves.Test || row.Label.Text != strconv.Itoa(noLabel) {
		return ""
	}
	return "; -1 stands for a hidden label: leave this half out, or replace it by a split with labels"
}

func withHint(err error, hint string) error {
	if hint == "" {
		return err
	}
	return fmt.Errorf("%w%s", err, hint)
}

// mapping notes the classes of labels that are not names.
func (b *tableBuilder) mapping(kind string, names []string) {
	if b.opener.Evaluation { // the indices are those of the model
		b.notes = append(b.notes, fmt.Sprintf("labels are %s: they are the names of the classes, %s", kind, fewNames(names)))
		return
	}
	b.notes = append(b.notes, fmt.Sprintf("labels are %s: %s are the classes 0 to %d", kind, fewNames(names), len(names)-1))
}
