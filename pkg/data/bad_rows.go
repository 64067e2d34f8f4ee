package data

import (
	"fmt"
	"strings"
)

// maxBadRows is the number of bad rows that an error or a warning names.
const maxBadRows = 10

// BadRowsError reports records of one data set that cannot be used. It unwraps to the first
// of them.
type BadRowsError struct {
	Count, Rows int          // bad rows, and all rows that were read
	First       []*LineError // at most ten
}

func (e *BadRowsError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%v", e.First[0])
	for _, row := range e.First[1:] {
		fmt.Fprintf(&b, "\n%v", row)
	}
	if more := e.Count - len(e.First); more > 0 {
		fmt.Fprintf(&b, "\nand %d more", more)
	}
	fmt.Fprintf(&b, "\n%d of %d rows cannot be used: correct them, or leave them out with Opener.BadRows = data.SkipBadRows (in a notebook -p badRows=skip, of kernel evaluate --bad-rows skip)", e.Count, e.Rows)
	return b.String()
}

// Unwrap returns the first bad row.
func (e *BadRowsError) Unwrap() error { return e.First[0] }

// badRows counts the records that cannot be used.
type badRows struct {
	count int
	first []*LineError
}

func (b *tableBuilder) addBad(fault *LineError) {
	b.bad.count++
	if len(b.bad.first) < maxBadRows {
		b.bad.first = append(b.bad.first, fault)
	}
}

// checkBad returns the error of the bad rows found so far, and nil where they are skipped.
func (b *tableBuilder) checkBad() error {
	if b.bad.count == 0 || b.opener.BadRows == SkipBadRows {
		return nil
	}
	return &BadRowsError{Count: b.bad.count, Rows: len(b.rows) + b.passedOver + b.bad.count, First: b.bad.first}
}

// badWarning returns the warning about the rows that were skipped, "" if there are none.
func (b *tableBuilder) badWarning() string {
	if b.bad.count == 0 {
		return ""
	}
	lines := make([]string, len(b.bad.first))
	for i, fault := range b.bad.first {
		lines[i] = fault.Error()
	}
	more := ""
	if n := b.bad.count - len(lines); n > 0 {
		more = fmt.Sprintf("; and %d more", n)
	}
	return fmt.Sprintf("%d of %d rows cannot be used and were skipped: %s%s",
		b.bad.count, len(b.rows)+b.passedOver+b.bad.count, strings.Join(lines, "; "), more)
}
