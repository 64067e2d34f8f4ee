package data

import (
	"bytes"
	"io"
	"path/filepath"
	"strconv"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
)

// Formats of texts whose class is that of the folder or the file.
const (
	formatText  fileFormat = "one text"
	formatLines fileFormat = "one text a line"
)

// readText reads a file of one text.
func readText(in *input, sink recordSink) error {
	content, err := io.ReadAll(io.LimitReader(in, decode.MaxText+1))
	if err != nil {
		return err
	}
	return sink.each(in.labelled(1, string(bytes.TrimPrefix(content, byteOrderMark)), ""))
}

// readLines reads a file of one text a line. Blank lines are skipped.
func readLines(in *input, sink recordSink) error {
	return eachLine(in, "one text a line", func(number int, line []byte) error {
		return sink.each(in.labelled(number, string(line), "/"+strconv.Itoa(number)))
	})
}

// labelled returns the record of a text in a file of one class. Its id is the place of the text
// in the data set's folder.
func (in *input) labelled(line int, text, place string) record {
	return record{line: line, text: text, label: value{text: in.class}, id: filepath.ToSlash(in.id) + place}
}
