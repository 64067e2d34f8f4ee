package formats

import (
	"bytes"
	"io"
	"path/filepath"
	"strconv"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// Formats of texts whose class is that of the folder or the file.
const (
	Text  Format = "one text"
	Lines Format = "one text a line"
)

// readText reads a file of one text.
func readText(in *Input, sink records.Sink) error {
	content, err := io.ReadAll(io.LimitReader(in, decode.MaxText+1))
	if err != nil {
		return err
	}
	return sink.Each(in.labelled(1, string(bytes.TrimPrefix(content, byteOrderMark)), ""))
}

// readLines reads a file of one text a line. Blank lines are skipped.
func readLines(in *Input, sink records.Sink) error {
	return eachLine(in, "one text a line", func(number int, line []byte) error {
		return sink.Each(in.labelled(number, string(line), "/"+strconv.Itoa(number)))
	})
}

// labelled returns the record of a text in a file of one class. Its id is the place of the text
// in the data set's folder.
func (in *Input) labelled(line int, text, place string) records.Record {
	return records.Record{Line: line, Text: text, Label: records.Value{Text: in.Class}, ID: filepath.ToSlash(in.ID) + place}
}
