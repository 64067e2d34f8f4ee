package formats

import (
	"bufio"
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// readDelimited reads a file of delimited fields, or a file of texts without labels that is not one.
func readDelimited(in *Input, sink records.Sink) error {
	if sink.TextsOnly && in.mayBePlain(sink.Columns) {
		stream := bufio.NewReaderSize(in, headSize)
		head, whole, err := peekHead(stream)
		if err != nil {
			return err
		}
		if note, header := findPlain(head, whole, sink); note != "" {
			sink.Note(note)
			return readPlain(stream, header, sink)
		}
		return ReadCSV(stream, in.Path, in.csv, sink)
	}
	return ReadCSV(in, in.Path, in.csv, sink)
}

// mayBePlain reports whether neither the name of a file nor an option says that it is a table.
func (in *Input) mayBePlain(columns records.Columns) bool {
	if in.csv != (CSV{}) || slices.Contains([]string{".csv", ".tsv", ".tab"}, tableExtension(in.Path)) {
		return false
	}
	return !slices.ContainsFunc([]string{columns.Text, columns.TextPair, columns.Label, columns.ID, columns.Split}, func(name string) bool {
		return name != "" && name != records.NoColumn
	})
}

// findPlain describes a file of one text a line; "" for a table, whose first line names its columns, or for
// an empty file. In a text without labels a line that looks like a header may be a title, and the end of a
// line that looks like a label may be a part of its sentence. header reports whether the first line is "text",
// which is no text.
func findPlain(head []byte, whole bool, sink records.Sink) (note string, header bool) {
	head = bytes.TrimPrefix(head, byteOrderMark)
	if _, delimiter := cutSeparatorLine(head); delimiter != "" || len(bytes.TrimSpace(head)) == 0 {
		return "", false
	}
	first, _, _ := strings.Cut(string(head), "\n")
	if strings.Trim(first, " \t\r\"") == "text" {
		if t := bestTrial(head, whole, ',', findQuotes); t.fields == 1 && t.share == 1 && !t.open {
			return "", false // fields may be quoted
		}
		return `each line is a text, except the first, "text"`, true
	}
	like := ""
	for _, d := range delimiters {
		t := bestTrial(head, whole, d.char, findQuotes)
		switch {
		case !t.consistent():
		case namesColumns(t.records[0], sink):
			return "", false
		case d.char == '\t' && t.share == 1 && len(t.records) > 1:
			like = fmt.Sprintf("; all lines have the same number of tabs, %d: if these separate the columns of a table, set Opener.Delimiter to \"tab\"", t.fields-1)
		}
	}
	return "each line is a text" + like, false
}

// namesColumns reports whether the fields of a first line are names of columns: one is "text", or all are
// known, and none has several words.
func namesColumns(fields []string, sink records.Sink) bool {
	for _, field := range fields {
		if len(strings.Fields(field)) > 1 {
			return false
		}
	}
	return hasFieldNames(fields, sink) || knownFields(fields, sink) == len(fields)
}

// readPlain reads a file of one text a line. Blank lines are skipped, and the header.
func readPlain(r *bufio.Reader, header bool, sink records.Sink) error {
	return eachLine(r, "one text a line", func(number int, line []byte) error {
		if header {
			header = false
			return nil
		}
		return sink.Each(records.Record{Line: number, Text: string(line), Label: records.Null})
	})
}
