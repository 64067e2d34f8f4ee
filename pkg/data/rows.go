package data

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// rowPlace is the place of a row that shares its tableRow with others.
type rowPlace struct {
	table uint32 // index of the file
	line  uint32
}

// defaultHeldBytes is the default of Opener.HeldBytes.
const defaultHeldBytes = 128 << 20

// rowBytes is about the size of a row with its example, without its texts.
const rowBytes = 512

// keep adds a row, and returns the row that has its answer: of a large outline the first one with
// the same answer in the same half, so that each row takes a few bytes.
func (b *tableBuilder) keep(row *tableRow) (*tableRow, error) {
	if b.each != nil {
		return row, b.each(row)
	}
	id := row.ID
	if b.opener.outline != nil && b.answers == nil && b.opener.Task != TokenClassification { // sentences seldom have the same tags
		if b.held += rowBytes + int64(len(row.Text)+len(row.Pair)); b.held > cmp.Or(b.opener.HeldBytes, defaultHeldBytes) {
			b.shareAll()
		}
	}
	if b.answers != nil {
		if int64(row.Line) > math.MaxUint32 {
			return nil, fmt.Errorf("%s has more than %d lines: divide it into several files", row.path, uint32(math.MaxUint32))
		}
		b.places = append(b.places, rowPlace{uint32(b.table), uint32(row.Line)})
		row = b.shared(row)
	}
	b.rows = append(b.rows, row)
	b.addID(id)
	return row, nil
}

// shareAll makes the rows so far share answers, and removes their texts.
func (b *tableBuilder) shareAll() {
	b.answers = map[string]*tableRow{}
	b.places = make([]rowPlace, len(b.rows))
	table := 0
	for i, row := range b.rows {
		for table+1 < len(b.starts) && b.starts[table+1] <= i {
			table++
		}
		b.places[i] = rowPlace{uint32(table), uint32(row.Line)}
		b.rows[i] = b.shared(row)
		if b.trimmedRow == row {
			b.trimmedRow = b.rows[i]
		}
	}
}

// shared returns the first row with the answer of row in its half, without texts and id.
func (b *tableBuilder) shared(row *tableRow) *tableRow {
	bytes := int64(len(row.Text) + len(row.Pair))
	b.key = row.appendKey(b.key[:0])
	first := b.answers[string(b.key)]
	if first == nil {
		row.Text, row.Pair, row.Words, row.ID = "", "", nil, ""
		row.Label.Text = strings.Clone(row.Label.Text)
		b.answers[string(b.key)] = row
		first = row
	}
	first.bytes += bytes
	return first
}

// appendKey appends the half and the label, so that different ones are different.
func (r *tableRow) appendKey(key []byte) []byte {
	key = append(key, r.half...)
	return appendValue(key, r.Label)
}

func appendValue(key []byte, v records.Value) []byte {
	key = append(key, ' ')
	key = strconv.AppendInt(key, int64(v.Kind), 10)
	key = append(key, ' ')
	key = strconv.AppendInt(key, int64(len(v.Text)), 10)
	key = append(key, ' ')
	key = append(key, v.Text...)
	key = strconv.AppendInt(key, int64(len(v.List)), 10)
	for _, item := range v.List {
		key = appendValue(key, item)
	}
	return key
}

// place returns the file and the line of a row.
func (b *tableBuilder) place(i int) (path string, line int) {
	if b.places == nil {
		return b.rows[i].path, b.rows[i].Line
	}
	at := b.places[i]
	return b.source.tables[at.table].Path, int(at.line)
}

// number returns the line of a row, counted over all files of the half.
func (b *tableBuilder) number(i int) int {
	if b.places == nil {
		return b.rows[i].number
	}
	return b.before[b.places[i].table] + int(b.places[i].line)
}

// fault adds the place of a row to an error.
func (b *tableBuilder) fault(i int, err error) *LineError {
	path, line := b.place(i)
	return &LineError{path, line, err}
}

// drop removes the rows for which gone returns an error or true. The errors are those of rows that
// cannot be used.
func (b *tableBuilder) drop(gone func(row *tableRow) (bool, error)) {
	if b.ids != nil {
		b.padIDs(len(b.rows))
	}
	kept := 0
	for i, row := range b.rows {
		away, err := gone(row)
		if err != nil {
			b.addBad(b.fault(i, err))
		}
		if away || err != nil {
			row.dropped = true
			continue
		}
		b.rows[kept] = row
		if b.places != nil {
			b.places[kept] = b.places[i]
		}
		if b.ids != nil {
			b.ids[kept] = b.ids[i]
		}
		kept++
	}
	clear(b.rows[kept:])
	b.rows = b.rows[:kept]
	if b.places != nil {
		b.places = b.places[:kept]
	}
	if b.ids != nil {
		b.ids = b.ids[:kept]
	}
}
