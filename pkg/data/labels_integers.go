package data

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// resolveIntegers resolves labels that are integers without names: the classes are the integers
// of the training half in ascending order, and have these integers as names; those that only other
// halves of an evaluation have follow. -1 beside 0, 1, 2 and so on is a missing label, as in the
// datasets library; the integers -1, 0 and 1 are three classes.
func (b *tableBuilder) resolveIntegers(rows []*tableRow) ([]string, error) {
	found := labelSet[int]{}
	for _, row := range rows {
		if b.givesClasses(row) {
			code, _ := strconv.Atoi(row.Label.Text)
			found.add(row, code)
		}
	}
	codes := found.sorted(cmp.Compare)
	all := slices.Sorted(slices.Values(codes))
	if all[0] == noLabel && len(all) > 1 && all[1] == 0 {
		if b.minusOneIsMissing(all[len(all)-1], found.inTrain[noLabel]) {
			rows, err := b.dropMissing(rows, expectedIntegers(all[1:]))
			if err != nil {
				return nil, err
			}
			return b.resolveIntegers(rows)
		}
		if len(all) == 3 {
			b.warnings = append(b.warnings, "the labels -1, 0 and 1 are read as three classes: if -1 stands for a missing label, leave these records out")
		}
	}
	if err := b.notAllDifferent(len(codes), found.count, rows[0].Label); err != nil {
		return nil, err
	}
	index := map[int]int{}
	names := make([]string, len(codes))
	for i, code := range codes {
		index[code], names[i] = i, strconv.Itoa(code)
	}
	for _, row := range rows {
		number, _ := strconv.Atoi(row.Label.Text)
		code, ok := index[number]
		if !ok {
			return nil, row.fault(&LabelError{row.Label.Text, expectedIntegers(codes) + hiddenHint(row)})
		}
		row.code = code
	}
	if all[0] != 0 || all[len(all)-1] != len(all)-1 {
		b.mapping("integers that do not count from 0", names)
	}
	return names, nil
}

// minusOneIsMissing reports whether -1 beside 0 and other integers is a missing label. For an evaluation that
// skips no rows it is a class where the data have no training half, because the model may have it, and beside 0
// alone, of which a training has too few classes.
func (b *tableBuilder) minusOneIsMissing(most int, inTraining bool) bool {
	if !b.opener.Evaluation {
		return most != 1
	}
	if b.opener.BadRows != SkipBadRows && (!b.needsTraining() || inTraining && most == 0) {
		return false
	}
	return most != 1 || b.needsTraining() && !inTraining
}

func expectedIntegers(codes []int) string {
	last := len(codes) - 1
	if codes[last]-codes[0] == last {
		return fmt.Sprintf("expected %d to %d, as the training examples have these %d labels", codes[0], codes[last], len(codes))
	}
	names := make([]string, len(codes))
	for i, code := range codes {
		names[i] = strconv.Itoa(code)
	}
	return "expected one of the labels of the training examples " + fewNames(names)
}

// dropMissing removes the rows with the label -1, which stands for a missing label, where bad
// rows are skipped. Otherwise it returns the error of the first.
func (b *tableBuilder) dropMissing(rows []*tableRow, expected string) ([]*tableRow, error) {
	isMissing := func(row *tableRow) bool {
		return row.half != halves.Unsupervised && row.Label.Text == strconv.Itoa(noLabel)
	}
	first := slices.IndexFunc(rows, isMissing)
	if first < 0 {
		return rows, nil
	}
	if b.opener.BadRows != SkipBadRows {
		row := rows[first]
		return nil, row.fault(&LabelError{row.Label.Text, expected + hiddenHint(row) + missingHint(row)})
	}
	b.drop(func(row *tableRow) (bool, error) {
		if isMissing(row) {
			return true, errors.New("label is -1, for a missing label")
		}
		return false, nil
	})
	return slices.DeleteFunc(slices.Clone(rows), isMissing), nil
}

// missingHint is the advice for the label -1 outside the test half.
func missingHint(row *tableRow) string {
	if row.half == halves.Test {
		return ""
	}
	return "; -1 stands for a missing label: leave such records out, or set Opener.BadRows = data.SkipBadRows (in a notebook -p badRows=skip, of kernel evaluate --bad-rows skip)"
}
