package formats

import (
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// findHeader reports whether the first record of a file names the columns. It is a header if it
// has a known name, or if its fields differ from the others of their columns: names among
// numbers or lists, a short name above long texts. It is none if a field is a number, is as long as
// the texts below it, or occurs again.
func findHeader(t trial, head []byte, options CSV, sink records.Sink) (bool, error) {
	switch {
	case options.Header != findHeaderLine:
		return options.Header == hasHeaderLine, nil
	case len(t.records) == 0:
		return true, nil
	}
	first, rest := t.records[0], t.records[1:]
	if knownFields(first, sink) > 0 || isRange(first) || isOrangeHeader(first, rest) {
		return true, nil
	}
	yes, no := 0, 0
	for i, name := range first {
		switch judgeHeader(strings.TrimSpace(name), i, rest) {
		case 1:
			yes++
		case -1:
			no++
		}
	}
	switch {
	case yes > 0 && no == 0:
		return true, nil
	case no > 0 && yes == 0:
		return false, nil
	}
	return false, dialectError(head, `it is not clear whether the first line names the columns: expected a header line with "text" and "label", or records that differ from it`,
		"Opener.Header", `data.HasHeader or data.NoHeader; in a notebook -p header=yes or -p header=no`)
}

// isRange reports whether a header line consists of the numbers that pandas writes for columns
// without names: 0, 1, 2 and so on, after an empty field for the index.
func isRange(fields []string) bool {
	if len(fields) > 1 && fields[0] == "" {
		fields = fields[1:]
	}
	for i, field := range fields {
		if field != strconv.Itoa(i) {
			return false
		}
	}
	return len(fields) > 1
}

// judgeHeader returns 1 if a field looks like the name of the column below it, -1 if it looks
// like one of its values, and 0 if it does not tell.
func judgeHeader(name string, at int, rest [][]string) int {
	values, numbers, lists, again := 0, 0, 0, 0
	length := 0
	for _, record := range rest {
		if at >= len(record) || strings.TrimSpace(record[at]) == "" {
			continue
		}
		text := strings.TrimSpace(record[at])
		values++
		length += len(text)
		if records.IsDecimal(text) {
			numbers++
		}
		if records.IsWrittenList(text) {
			lists++
		}
		if text == name {
			again++
		}
	}
	if values < 2 {
		return 0
	}
	mean := length / values
	const longText = 30
	switch {
	case name == "":
		return 0
	case records.IsDecimal(name):
		return -1
	case again > 0:
		return -1
	case numbers == values, lists == values && !records.IsWrittenList(name):
		return 1
	case mean >= longText && len(name) < longText/2 && len(strings.Fields(name)) <= 2:
		return 1
	case mean >= longText && (2*len(name) >= mean || len(strings.Fields(name)) > 3):
		return -1
	}
	return 0
}
