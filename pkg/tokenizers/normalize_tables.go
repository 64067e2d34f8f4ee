package tokenizers

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed normalize_tables.txt
var normalizeTables string

// Properties of a character: flags in the low byte, the canonical combining class (Unicode,
// chapter 3.11) in the high byte.
const (
	charDrop       uint16 = 1 << iota // clean_text removes it: control, format and private-use characters, U+FFFD
	charSpace                         // separates words: Unicode's White_Space
	charPunct                         // is a word by itself: ASCII's and Unicode's punctuation
	charChinese                       // gets spaces around it: CJK ideographs
	charMark                          // stripped as an accent: non-spacing marks
	charLower                         // lower-casing changes it
	charDecomposes                    // has a canonical decomposition
	charClass      = 8                // shift of the combining class
)

// charTables holds the properties of each character in Hugging Face's tokenizers crate. Go's
// unicode and x/text are no replacement: their tables follow newer versions of Unicode than
// that crate's and change with each release, but a token's id must never change.
type charTables struct {
	page      [(utf8.MaxRune + 1) >> 8]uint16 // page of 256 characters -> index into pages
	pages     [][256]uint16
	lower     map[rune]string // flagged charLower
	decompose map[rune]string // flagged charDecomposes, Hangul syllables left out
}

func (c *charTables) properties(r rune) uint16 { return c.pages[c.page[r>>8]][r&0xFF] }

// chars returns the tables, which the first call parses: a program without a tokenizer does
// not parse them.
var chars = sync.OnceValue(func() *charTables {
	c, err := parseCharTables(normalizeTables)
	if err != nil {
		panic(err) // cannot happen: a test parses the embedded file
	}
	return c
})

// parseCharTables reads sections of ranges ("600-605", "AD"), of ranges with a
// number ("300-314 230") and of mappings ("C9 45 301").
func parseCharTables(text string) (*charTables, error) {
	flags := map[string]uint16{
		"drop": charDrop, "space": charSpace, "punctuation": charPunct, "chinese": charChinese,
		"mark": charMark, "class": 0, "lower": charLower, "decompose": charDecomposes,
	}
	c := &charTables{lower: map[rune]string{}, decompose: map[rune]string{}}
	props := make([]uint16, utf8.MaxRune+1)
	section := ""
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if line[0] == '[' {
			section = strings.Trim(line, "[]")
			if _, ok := flags[section]; !ok {
				return nil, fmt.Errorf("normalize_tables.txt:%d: unknown section %q", number, section)
			}
			continue
		}
		span, rest, _ := strings.Cut(line, " ")
		first, last, err := parseSpan(span)
		if err != nil {
			return nil, fmt.Errorf("normalize_tables.txt:%d: %w", number, err)
		}
		bits := flags[section]
		switch section {
		case "class":
			k, err := strconv.ParseUint(rest, 10, 8)
			if err != nil {
				return nil, fmt.Errorf("normalize_tables.txt:%d: %w", number, err)
			}
			bits = uint16(k) << charClass
		case "lower", "decompose":
			to, err := parseRunes(rest)
			if err != nil {
				return nil, fmt.Errorf("normalize_tables.txt:%d: %w", number, err)
			}
			if section == "lower" {
				c.lower[first] = to
			} else {
				c.decompose[first] = to
			}
		}
		for r := first; r <= last; r++ {
			props[r] |= bits
		}
	}
	for r := rune(hangulFirst); r <= hangulLast; r++ {
		props[r] |= charDecomposes
	}
	c.fold(props)
	return c, nil
}

// fold keeps one copy of each distinct page, one or two hundred of 4,352.
func (c *charTables) fold(props []uint16) {
	known := map[[256]uint16]uint16{}
	for i := range c.page {
		page := [256]uint16(props[i<<8 : (i+1)<<8])
		index, ok := known[page]
		if !ok {
			index = uint16(len(c.pages))
			known[page] = index
			c.pages = append(c.pages, page)
		}
		c.page[i] = index
	}
}

func parseSpan(s string) (first, last rune, err error) {
	from, to, ok := strings.Cut(s, "-")
	if !ok {
		to = from
	}
	if first, err = parseRune(from); err != nil {
		return 0, 0, err
	}
	last, err = parseRune(to)
	return first, last, err
}

func parseRunes(s string) (string, error) {
	var b strings.Builder
	for field := range strings.FieldsSeq(s) {
		r, err := parseRune(field)
		if err != nil {
			return "", err
		}
		b.WriteRune(r)
	}
	return b.String(), nil
}

func parseRune(s string) (rune, error) {
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil {
		return 0, err
	}
	if n > utf8.MaxRune {
		return 0, fmt.Errorf("%q is no character, expected at most 10FFFF", s)
	}
	return rune(n), nil
}
