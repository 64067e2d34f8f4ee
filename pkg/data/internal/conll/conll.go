// Package conll reads sentences of words with tags, as the files of CoNLL-2003 have them: a word on
// each line with its columns, the word first and the tag last, and a blank line after each
// sentence.
//
//	Ada      NNP  B-NP  B-PER
//	Lovelace NNP  I-NP  I-PER
//	wrote    VBD  B-VP  O
//
// Columns are separated by blanks or tabs; if the line of the first word has a tab, by tabs alone, so that
// a word may have blanks. Lines that begin with "-DOCSTART-", and lines before the first word of a
// sentence that begin with "# ", as the comments of CoNLL-U, are no words. All other lines have the
// same number of columns.
package conll

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Sentence is a sentence with the tag of each word.
type Sentence struct {
	Line  int // of the first word, from 1
	Words []string
	Tags  []string
}

// Error is a line that cannot be used.
type Error struct {
	Line int // from 1
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// maxLine is the maximal size of a line, in bytes.
const maxLine = 1 << 20

// documentStart begins the line before a document.
const documentStart = "-DOCSTART-"

// Read calls each with every sentence. An error in a line is an *Error. Read stops at the first
// error, also one that each returns.
func Read(in io.Reader, each func(Sentence) error) error {
	r := reader{each: each}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if err := r.add(lines.Text()); err != nil {
			return err
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return &Error{r.line + 1, fmt.Errorf("the line has more than %d bytes: expected a word with its tag on each line, and a blank line after each sentence", maxLine)}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return r.end()
}

// reader collects the words of a sentence.
type reader struct {
	each    func(Sentence) error
	line    int
	columns int  // of the lines; 0 before the first word
	first   int  // the line of the first word
	tabs    bool // columns are separated by tabs
	ended   bool // a sentence has ended
	now     Sentence
}

func (r *reader) fail(format string, args ...any) error {
	return &Error{r.line, fmt.Errorf(format, args...)}
}

// add reads a line.
func (r *reader) add(text string) error {
	r.line++
	if r.line == 1 {
		text = strings.TrimPrefix(text, "\ufeff")
	}
	if !utf8.ValidString(text) {
		return r.fail("the line is not valid UTF-8: convert the file to UTF-8, or set Opener.Encoding")
	}
	switch {
	case strings.TrimSpace(text) == "":
		return r.end()
	case strings.HasPrefix(text, documentStart):
		return r.end()
	case r.isComment(text):
		return nil
	}
	if r.columns == 0 {
		r.tabs = strings.Contains(strings.TrimSpace(text), "\t")
	}
	fields := r.fields(text)
	switch n := len(fields); {
	case n < 2:
		return r.fail("%.60q has %d column: expected a word, its tag in the last column, and a blank or a tab between them", text, n)
	case r.columns == 0 && isCoNLLU(fields):
		return r.fail("%.60q is a line of CoNLL-U, which has parts of speech and dependencies: expected the word in the first column, and the tag of an entity, such as \"B-PER\" or \"O\", in the last", text)
	case r.columns == 0:
		r.columns, r.first = n, r.line
	case n != r.columns:
		return r.fail("%.60q has %d columns: expected %d, as in line %d", text, n, r.columns, r.first)
	}
	word, tag := strings.TrimSpace(fields[0]), strings.TrimSpace(fields[len(fields)-1])
	if word == "" || tag == "" {
		return r.fail("%.60q has an empty word or tag: expected both", text)
	}
	if len(r.now.Words) == 0 {
		r.now.Line = r.line
	}
	r.now.Words, r.now.Tags = append(r.now.Words, word), append(r.now.Tags, tag)
	return nil
}

// isCoNLLU reports whether the columns of the first word are the ten of CoNLL-U: the number of the word, the word, and
// so on.
func isCoNLLU(fields []string) bool {
	const columns = 10
	number, _, _ := strings.Cut(fields[0], "-") // 1-2 are two words that are written as one
	return len(fields) == columns && number == "1"
}

// fields returns the columns of a line.
func (r *reader) fields(text string) []string {
	if r.tabs {
		return strings.Split(strings.Trim(text, "\r\n"), "\t")
	}
	return strings.Fields(text)
}

// isComment reports whether a line before the first word of a sentence is a comment of CoNLL-U,
// "# text = ...": the word "#" has as many columns as the other words.
func (r *reader) isComment(text string) bool {
	return len(r.now.Words) == 0 && strings.HasPrefix(text, "# ") && (r.columns == 0 && !isTagged(text) || r.columns > 0 && len(r.fields(text)) != r.columns || strings.Contains(text, " = "))
}

// isTagged reports whether the last column of a line is the tag of an entity.
func isTagged(text string) bool {
	fields := strings.Fields(text)
	return len(fields) > 1 && isTag(fields[len(fields)-1])
}

// end passes a sentence on.
func (r *reader) end() error {
	if len(r.now.Words) == 0 {
		return nil
	}
	s := r.now
	if !r.ended && r.columns > 2 && areNumbers(s.Words) {
		return &Error{s.Line, fmt.Errorf("the first column numbers the words or the sentences (%q, %q): expected the word in the first column; leave the numbers of words out, or give a table with the number of the sentence in each row the header line \"sentence_id\", \"word\", \"tag\", with commas or tabs", s.Words[0], s.Words[1])}
	}
	r.now, r.ended = Sentence{}, true
	return r.each(s)
}

// areNumbers reports whether the words are no words but the numbers of words or of sentences, which ascend.
func areNumbers(words []string) bool {
	last := -1
	for _, word := range words {
		n, err := strconv.Atoi(word)
		if err != nil || n < last {
			return false
		}
		last = n
	}
	return len(words) > 1
}

// Looks reports whether the beginning of a file is that of sentences with tags: several columns in
// every line, the last of which is "O", "B" or "I", or has the form "B-PER" wherever there is a word. whole
// states that head is the whole file.
func Looks(head []byte, whole bool) bool {
	if !whole {
		at := bytes.LastIndexByte(head, '\n')
		if at < 0 {
			return false
		}
		head = head[:at]
	}
	words, columns := 0, 0
	for line := range strings.SplitSeq(strings.TrimPrefix(string(head), "\ufeff"), "\n") {
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, documentStart) || strings.HasPrefix(line, "# ") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 2 || columns > 0 && len(fields) != columns || !isTag(fields[len(fields)-1]) {
			return false
		}
		words, columns = words+1, len(fields)
	}
	return words > 0
}

// isTag reports whether a text is "O", "B" or "I", or a prefix of IOB, BIOES or BILOU with a type.
func isTag(text string) bool {
	return text == "O" || text == "B" || text == "I" || len(text) > 2 && text[1] == '-' && strings.IndexByte("BIESLU", text[0]) >= 0
}
