package data

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/lorabook/lorabook/pkg/data/internal/halves"
)

// idSum is the first half of the SHA-256 of an id. Ids are compared by it, since maps of strings
// take several times the memory. It is zero for a record without an id.
type idSum [sha256.Size / 2]byte

func sumOf(id string) idSum {
	sum := sha256.Sum256([]byte(id))
	return idSum(sum[:len(idSum{})])
}

// idHalves are the halves in which an id may occur.
var idHalves = []string{halves.Train, halves.Validation, halves.Test, halves.Unsupervised}

// in returns the sum of the same id in a half.
func (s idSum) in(half string) idSum {
	s[len(s)-1] ^= byte(slices.Index(idHalves, half) + 1)
	return s
}

// addID adds the id of the last row.
func (b *tableBuilder) addID(id string) {
	if id != "" {
		b.padIDs(len(b.rows) - 1)
		b.ids = append(b.ids, sumOf(id))
	}
}

// padIDs adds the sums of rows without ids.
func (b *tableBuilder) padIDs(rows int) {
	b.ids = append(b.ids, make([]idSum, rows-len(b.ids))...)
}

// idForm is the form of the ids in the data set.
type idForm int

const (
	recordIDs idForm = iota // those of the records; the half and line of a record without one
	halfIDs                 // the half and the id, since an id occurs in two halves
	lineIDs                 // the half and line, since an id occurs twice in a half
)

// uniqueIDs gives every row a unique id. A row without an id gets its half and line. An id may
// occur once in each half, as in files whose halves are numbered separately; then every id of
// the file is prefixed with its half. A column that was found by its name and has an id twice in a half
// numbers something else, such as documents, and is not used; nor are the numbers of sentences that begin anew in another
// file.
func (b *tableBuilder) uniqueIDs(ctx context.Context) error {
	if b.ids != nil { // half and line are unique
		err := b.compareIDs(ctx)
		repeated := (*repeatedIDError)(nil)
		switch {
		case errors.As(err, &repeated) && (b.opener.Columns.ID == "" || b.sentences != nil):
			b.idForm = lineIDs
			b.warnings = append(b.warnings, repeated.warning())
		case err != nil:
			return err
		}
	}
	if b.answers == nil {
		for _, row := range b.rows {
			row.ID = row.uniqueID(b.idForm)
		}
	}
	return nil
}

// uniqueID returns the id of a row in the data set.
func (r *tableRow) uniqueID(form idForm) string {
	switch {
	case r.ID == "" || form == lineIDs:
		return fmt.Sprintf("%s/%d", r.half, r.number)
	case form == halfIDs:
		return r.half + "/" + r.ID
	}
	return r.ID
}

// compareIDs refuses ids that occur twice in a half, and sets idForm.
func (b *tableBuilder) compareIDs(ctx context.Context) error {
	b.padIDs(len(b.rows))
	own, numbered := make(map[idSum]uint32, len(b.rows)), false
	for i, row := range b.rows {
		sum := b.ids[i]
		if sum == (idSum{}) {
			numbered = true
			continue
		}
		if first, seen := own[sum.in(row.half)]; seen {
			id, err := b.idOf(ctx, i)
			if err != nil {
				return err
			}
			return b.twice(i, int(first), id)
		}
		own[sum.in(row.half)] = uint32(i)
		for _, half := range idHalves {
			if _, seen := own[sum.in(half)]; seen && half != row.half {
				b.idForm = halfIDs
			}
		}
	}
	if numbered {
		return b.compareNumbered(own)
	}
	return nil
}

// compareNumbered refuses an id of a record that is the half and line of a record without one. own
// has the rows of the ids.
func (b *tableBuilder) compareNumbered(own map[idSum]uint32) error {
	last, first, id := -1, 0, ""
	for i, row := range b.rows {
		if b.ids[i] != (idSum{}) {
			continue
		}
		number := strconv.Itoa(b.number(i))
		same := row.half + "/" + number
		keys := []idSum{sumOf(number).in(row.half)}
		if b.idForm != halfIDs {
			keys = keys[:0]
			for _, half := range idHalves {
				keys = append(keys, sumOf(same).in(half))
			}
		}
		for _, key := range keys {
			if at, seen := own[key]; seen && (last < 0 || max(i, int(at)) < last) {
				last, first, id = max(i, int(at)), min(i, int(at)), same
			}
		}
	}
	if last < 0 {
		return nil
	}
	return b.twice(last, first, id)
}

// idOf returns the id of a row, which an outline reads again.
func (b *tableBuilder) idOf(ctx context.Context, i int) (id string, err error) {
	if b.answers == nil {
		return b.rows[i].ID, nil
	}
	found := errors.New("found")
	path, line := b.place(i)
	err = b.source.read(ctx, func(row *tableRow) error {
		if row.path == path && row.Line == line {
			id = row.ID
			return found
		}
		return nil
	})
	switch {
	case err == nil:
		return "", b.source.changed(path)
	case err != found:
		return "", err
	}
	return id, nil
}

// repeatedIDError is an id that two rows of a half have.
type repeatedIDError struct {
	id    string
	first LineError // the place of the first, and of the other
	again LineError
}

func (e *repeatedIDError) Error() string {
	return fmt.Sprintf("id %q occurs twice, first at %s:%d: expected unique ids; name another column, or none to number the records by line (Columns.ID \"-\")", e.id, e.first.Path, e.first.Line)
}

func (e *repeatedIDError) warning() string {
	return fmt.Sprintf("the ids of the records are not used, since %q occurs twice (%s:%d and line %d): the examples are numbered by their lines", e.id, e.first.Path, e.first.Line, e.again.Line)
}

// twice is the error of an id that two rows have.
func (b *tableBuilder) twice(i, first int, id string) error {
	e := &repeatedIDError{id: id}
	e.first.Path, e.first.Line = b.place(first)
	e.again.Path, e.again.Line = b.place(i)
	return b.fault(i, e)
}
