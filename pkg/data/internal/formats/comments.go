package formats

import (
	"bytes"
	"fmt"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// comments are the lines at the beginning of a CSV file that begin with "#" and are no records.
type comments struct {
	size  int // in bytes, with the "# " before the names of the columns
	lines int
	// header reports whether the last line that begins with "#" has the names of the columns.
	header bool
}

// findComments finds lines that begin with "#" and do not have the fields of a record. Of several
// lines the last may have as many as the records: it has the names of the columns, as in gensim's
// wordsim353.tsv. Where other lines with "#" have the fields of a record, there are no comments: texts
// may begin so.
func findComments(head []byte, whole bool, path string, options CSV, sink records.Sink) comments {
	start := len(head) - len(bytes.TrimPrefix(head, byteOrderMark))
	var ends []int // of each line, with its line break
	at := start
	for bytes.HasPrefix(head[at:], []byte("#")) {
		line := bytes.IndexByte(head[at:], '\n')
		if line < 0 {
			return comments{} // a file of comments alone
		}
		at += line + 1
		ends = append(ends, at)
	}
	if len(ends) == 0 {
		return comments{}
	}
	found, err := findDialect(head[at:], whole, path, options, sink)
	if err != nil || found.fields < 2 {
		return comments{}
	}
	isRecord := func(line int) bool {
		from := start
		if line > 0 {
			from = ends[line-1]
		}
		t := try(head[from:ends[line]], true, found.dialect)
		return len(t.records) == 1 && len(t.records[0]) == found.fields
	}
	last := len(ends) - 1
	for line := range ends[:last] {
		if isRecord(line) {
			return comments{}
		}
	}
	switch {
	case !isRecord(last):
		return comments{size: at, lines: len(ends)}
	case last == 0 || options.Header == noHeaderLine:
		return comments{} // the header line is found by its content
	}
	names := bytes.TrimLeft(head[ends[last-1]:], "# ")
	return comments{size: len(head) - len(names), lines: last, header: true}
}

// note describes the lines for the notes of the data.
func (c comments) note() string {
	text := "the first line begins with # and is a comment"
	if c.lines > 1 {
		text = fmt.Sprintf("the first %d lines begin with # and are comments", c.lines)
	}
	if c.header {
		text += "; the line after it, which also does, has the names of the columns"
	}
	return text
}
