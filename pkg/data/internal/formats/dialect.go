package formats

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/records"
)

// CSV are the options of a CSV file. Empty ones are found.
type CSV struct {
	// Delimiter is one character, or a name that [ParseDelimiter] knows.
	Delimiter string
	// Header states whether the first line names the columns.
	Header Header
	// Quotes is the role of double quotes.
	Quotes Quotes
}

// Header states whether the first line of a CSV file names its columns: yes, no, or "",
// which finds it.
type Header string

const (
	findHeaderLine Header = ""
	hasHeaderLine  Header = "yes"
	noHeaderLine   Header = "no"
)

// Quotes is the role of double quotes in a CSV file; "" finds it. Opener's documentation
// describes the values.
type Quotes string

const (
	findQuotes      Quotes = ""
	doubleQuotes    Quotes = "double"
	backslashQuotes Quotes = "backslash"
	noQuotes        Quotes = "none"
)

const (
	// headSize is the size in bytes of the beginning of a file that determines its dialect.
	headSize = 512 << 10
	// consistentShare is the least share of records with the same number of fields for which a
	// delimiter is considered. Some records of a real file are broken.
	consistentShare = 0.9
)

// delimiters are the delimiters that are found, with their names.
var delimiters = []struct {
	char byte
	name string
}{{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "vertical bars"}}

func delimiterName(char byte) string {
	for _, d := range delimiters {
		if d.char == char {
			return d.name
		}
	}
	return fmt.Sprintf("%q", string(char))
}

// trial is the result of reading the beginning of a file in a dialect.
type trial struct {
	dialect
	records [][]string
	// fields is the most frequent number of fields, share the share of the records with it.
	fields int
	share  float64
	// malformed counts the records in which text follows a closing quote, merged those of them
	// that span lines, and open is set if a quote is not closed.
	malformed, merged int
	open              bool
}

// try reads the beginning of a file. Its last record may be incomplete unless whole is set.
func try(head []byte, whole bool, d dialect) trial {
	t := trial{dialect: d}
	reader := newDialectReader(bytes.NewReader(head), d)
	counts := map[int]int{}
	lastMalformed, lastMerged := false, false
	for {
		fields, line, err := reader.read()
		if err != nil {
			t.open = errors.Is(err, errOpenQuote) && whole || errors.Is(err, errLongRecord)
			if !whole && errors.Is(err, io.EOF) && len(t.records) > 1 {
				last := len(t.records) - 1
				counts[len(t.records[last])]--
				t.records = t.records[:last]
				if lastMalformed {
					t.malformed--
				}
				if lastMerged {
					t.merged--
				}
			}
			break
		}
		t.records = append(t.records, slices.Clone(fields))
		counts[len(fields)]++
		lastMalformed = reader.malformed
		lastMerged = reader.malformed && reader.line > line+1
		if lastMalformed {
			t.malformed++
		}
		if lastMerged || reader.line > line+1 && d.delimiter == '\t' && looksMerged(fields) {
			lastMerged = true
			t.merged++
		}
	}
	for n, count := range counts {
		if count > counts[t.fields] || count == counts[t.fields] && n > t.fields {
			t.fields = n
		}
	}
	t.share = float64(counts[t.fields]) / float64(max(len(t.records), 1))
	return t
}

// looksMerged reports whether a field of a tab-separated record holds lines of a record's
// number of tabs each: a quote at the beginning of a text opened a field that the quote of
// another record closed.
func looksMerged(fields []string) bool {
	for _, field := range fields {
		lines := strings.Split(strings.ReplaceAll(field, "\r\n", "\n"), "\n")
		if len(lines) > 1 && !slices.ContainsFunc(lines[1:len(lines)-1], func(line string) bool {
			return strings.Count(line, "\t") != len(fields)-1
		}) && strings.Contains(field, "\t") {
			return true
		}
	}
	return false
}

// quoted counts the fields between double quotes, where quotes are read as ordinary characters.
func (t trial) quoted() (n int) {
	for _, record := range t.records {
		for _, field := range record {
			if len(field) > 1 && field[0] == '"' && field[len(field)-1] == '"' {
				n++
			}
		}
	}
	return n
}

func (t trial) consistent() bool { return t.fields > 1 && t.share >= consistentShare && !t.open }

// bestTrial returns the best way of reading quotes for a delimiter: standard quotes unless they
// fail and another way does not.
func bestTrial(head []byte, whole bool, delimiter byte, quotes Quotes) trial {
	d := dialect{delimiter: delimiter, quotes: quotes}
	if quotes != findQuotes {
		return try(head, whole, d)
	}
	d.quotes = doubleQuotes
	standard := try(head, whole, d)
	if standard.consistent() && standard.share == 1 && standard.malformed == 0 && standard.merged == 0 {
		return standard
	}
	better := func(t trial) bool {
		return t.consistent() && t.malformed == 0 && t.merged == 0 && t.share >= standard.share &&
			(!standard.consistent() || t.share > standard.share || standard.merged > 0)
	}
	if bytes.Contains(head, []byte(`\"`)) {
		escaped := d
		escaped.quotes = backslashQuotes
		if t := try(head, whole, escaped); better(t) || t.consistent() && t.malformed == 0 && standard.malformed > 0 && t.share >= standard.share {
			return t
		}
	}
	if bytes.Contains(head, append([]byte{delimiter}, ` "`...)) {
		spaced := d
		spaced.skipSpace = true
		if t := try(head, whole, spaced); better(t) {
			return t
		}
	}
	if standard.open || standard.merged > 0 || delimiter == '\t' && standard.malformed > 0 {
		plain := d
		plain.quotes = noQuotes
		if t := try(head, whole, plain); t.consistent() && (standard.open || t.share >= standard.share) &&
			(len(t.records) > len(standard.records) || len(t.records) == len(standard.records) && t.quoted() < standard.malformed) {
			return t
		}
	}
	return standard
}

// findDialect determines the dialect by the beginning of a file.
func findDialect(head []byte, whole bool, path string, options CSV, sink records.Sink) (trial, error) {
	given, err := ParseDelimiter(options.Delimiter)
	if err != nil {
		return trial{}, err
	}
	if given != 0 {
		return bestTrial(head, whole, given, options.Quotes), nil
	}
	comma := bestTrial(head, whole, ',', options.Quotes)
	if len(comma.records) > 0 && hasFieldNames(comma.records[0], sink) {
		return comma, nil
	}
	var found []trial
	for _, delimiter := range delimiters {
		if t := bestTrial(head, whole, delimiter.char, options.Quotes); t.consistent() {
			found = append(found, t)
		}
	}
	switch ending := tableExtension(path); {
	case len(found) == 0:
		return noDelimiter(comma, head, whole, ending, options)
	case len(found) == 1:
		return found[0], nil
	case ending == ".tsv" || ending == ".tab":
		if at := slices.IndexFunc(found, func(t trial) bool { return t.delimiter == '\t' }); at >= 0 {
			return found[at], nil
		}
	}
	return decideDelimiter(found, head, sink)
}

// noDelimiter is the case that no delimiter yields records with the same number of fields: a
// file of one column, or one with many broken records.
func noDelimiter(comma trial, head []byte, whole bool, ending string, options CSV) (trial, error) {
	if ending == ".tsv" || ending == ".tab" {
		return bestTrial(head, whole, '\t', options.Quotes), nil
	}
	if comma.fields <= 1 || comma.open || ending == ".csv" && len(comma.records[0]) > 1 {
		return comma, nil
	}
	return trial{}, dialectError(head, "no delimiter gives every line the same number of fields", "Opener.Delimiter", `such as data.Opener{Delimiter: "tab"}; in a notebook -p delimiter=tab`)
}

// decideDelimiter chooses among delimiters that are all consistent: by names of columns that are
// known, and else by quoted fields.
func decideDelimiter(found []trial, head []byte, sink records.Sink) (trial, error) {
	for _, better := range []func(trial) int{
		func(t trial) int { return knownFields(t.records[0], sink) },
		func(t trial) int { return boolInt(t.malformed == 0 && t.merged == 0) },
		func(t trial) int { return quotedFields(head, t.delimiter) },
	} {
		most := 0
		for _, t := range found {
			most = max(most, better(t))
		}
		if most == 0 {
			continue
		}
		found = slices.DeleteFunc(found, func(t trial) bool { return better(t) < most })
		if len(found) == 1 {
			return found[0], nil
		}
	}
	names := make([]string, len(found))
	for i, t := range found {
		names[i] = fmt.Sprintf("%s (%d fields)", delimiterName(t.delimiter), t.fields)
	}
	return trial{}, dialectError(head, "the fields may be separated by "+strings.Join(names, " or by "), "Opener.Delimiter", `such as data.Opener{Delimiter: "semicolon"}; in a notebook -p delimiter=semicolon`)
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// hasFieldNames reports whether a header line has the names of Open's documentation as they are
// written.
func hasFieldNames(header []string, sink records.Sink) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(header, func(field string) bool { return strings.TrimSpace(field) == name })
	}
	return has("text") && (has("label") || sink.Unlabelled)
}

// knownFields counts the fields of a first line that are known names of columns. A number that the caller names is
// that of a column without a name.
func knownFields(fields []string, sink records.Sink) (n int) {
	for _, field := range fields {
		if field = strings.TrimSpace(field); sink.IsKnownColumn(field) || sink.Columns.Names(field) && !records.IsInteger(field) {
			n++
		}
	}
	return n
}

// quotedFields counts the places where a quoted field ends before the delimiter and another
// begins after it.
func quotedFields(head []byte, delimiter byte) int {
	return bytes.Count(head, []byte{'"', delimiter, '"'})
}

// dialectError shows the first lines of a file and the option that decides.
func dialectError(head []byte, why, option, example string) error {
	return &decode.LineError{Line: 1, Err: fmt.Errorf("%s: set %s (%s); the file begins with\n%s", why, option, example, firstLines(head))}
}

func firstLines(head []byte) string {
	const most, longest = 4, 100
	lines := strings.FieldsFunc(strings.ToValidUTF8(string(head[:min(len(head), 16<<10)]), "?"), func(r rune) bool { return r == '\n' || r == '\r' })
	shown := make([]string, 0, most)
	for _, line := range lines[:min(len(lines), most)] {
		if short := []rune(line); len(short) > longest {
			line = string(short[:longest]) + "..."
		}
		shown = append(shown, fmt.Sprintf("  %q", line))
	}
	return strings.Join(shown, "\n")
}

// tableExtension returns the extension of a table's name, without that of a compression.
func tableExtension(path string) string {
	stem, _ := decode.CutCompression(path)
	return strings.ToLower(filepath.Ext(stem))
}

// peekHead returns the beginning of a stream, and whether it is the whole of it.
func peekHead(in *bufio.Reader) (head []byte, whole bool, err error) {
	head, err = in.Peek(headSize)
	if err == io.EOF {
		return head, true, nil
	}
	return head, false, err
}

// delimiterNames are the names of the delimiters, which a shell passes more easily.
var delimiterNames = map[string]byte{"comma": ',', "semicolon": ';', "tab": '\t', `\t`: '\t', "pipe": '|'}

// ParseDelimiter returns 0 for "".
func ParseDelimiter(text string) (byte, error) {
	if b, ok := delimiterNames[text]; ok {
		return b, nil
	}
	switch {
	case text == "":
		return 0, nil
	case len(text) == 1 && text[0] < 0x80 && !strings.ContainsAny(text, "\"\r\n"):
		return text[0], nil
	}
	return 0, fmt.Errorf(`Opener.Delimiter (in a notebook -p delimiter=...) is %q: expected one ASCII character other than the double quote, "comma", "semicolon", "tab" or "pipe", or "", which finds it`, text)
}
