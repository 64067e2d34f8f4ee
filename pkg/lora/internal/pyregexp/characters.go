package pyregexp

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	octal       = "01234567"
	hexadecimal = "0123456789abcdefABCDEF"
)

// controls are the escapes that stand for a control character or a backslash. In a class \b is one too.
var controls = map[rune]rune{'a': '\a', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v', '\\': '\\'}

// literal translates a character that stands for itself.
func (p *parser) literal(at int, c rune) part { return part{p.quote(at, c), 1, 1} }

// quote writes a character so that it has no other meaning, in a class neither.
func (p *parser) quote(at int, c rune) string {
	switch {
	case c == '_' || c < utf8.RuneSelf && (unicode.IsLetter(c) || unicode.IsDigit(c)):
		return string(c)
	case c < utf8.RuneSelf:
		return fmt.Sprintf(`\x%02x`, c)
	case p.flags.fold: // Python compares some of them with ASCII
		p.fail(at, "%q, outside of ASCII, where upper and lower case are the same", c)
	}
	return string(c)
}

// escape translates an escape outside of a class. The backslash is read.
func (p *parser) escape(at int) part {
	c := p.escaped(at)
	switch c {
	case 'A', 'b', 'B':
		return part{text: `\` + string(c)}
	case 'Z':
		return part{text: `\z`}
	case 'd', 'D', 's', 'S', 'w', 'W':
		return part{`\` + string(c), 1, 1}
	case '0':
		return p.literal(at, p.number(at, c, "0"+p.while(octal, 2), 8))
	}
	if c >= '1' && c <= '9' {
		digits := string(c) + p.while("0123456789", 1)
		if len(digits) == 2 && strings.Trim(digits, octal) == "" {
			if third := p.while(octal, 1); third != "" {
				return p.literal(at, p.number(at, c, digits+third, 8))
			}
		}
		number, _ := strconv.Atoi(digits)
		return p.reference(at, number)
	}
	return p.literal(at, p.character(at, c))
}

// escaped reads the character after a backslash.
func (p *parser) escaped(at int) rune {
	c := p.next()
	if c < 0 {
		p.fail(at, `a \ with nothing behind it`)
	}
	p.pos++
	return c
}

// character returns the character for which an escape stands.
func (p *parser) character(at int, c rune) rune {
	if control, ok := controls[c]; ok {
		return control
	}
	if n, ok := map[rune]int{'x': 2, 'u': 4, 'U': 8}[c]; ok {
		digits := p.while(hexadecimal, n)
		if len(digits) < n {
			p.fail(at, `\%c%s, expected %d hexadecimal digits`, c, digits, n)
		}
		return p.number(at, c, digits, 16)
	}
	switch {
	case c == 'N':
		p.fail(at, `\N, a character by its name, which has no translation: write the character itself`)
	case c < utf8.RuneSelf && (unicode.IsLetter(c) || unicode.IsDigit(c)):
		p.fail(at, `\%c, which is no escape of Python's re`, c)
	}
	return c
}

// number reads the number of a character.
func (p *parser) number(at int, c rune, digits string, base int) rune {
	n, err := strconv.ParseInt(digits, base, 64)
	if err != nil || base == 8 && n > 0o377 || !utf8.ValidRune(rune(n)) || n > unicode.MaxRune {
		p.fail(at, `\%s, which is no character`, strings.TrimPrefix(string(c)+digits, map[bool]string{true: string(c)}[base == 8]))
	}
	return rune(n)
}

// class translates a class, of which the opening bracket is read.
func (p *parser) class(at int) string {
	var text strings.Builder
	text.WriteByte('[')
	if p.accept("^") {
		text.WriteByte('^')
	}
	get := func() (c rune, set string) {
		from := p.pos
		if p.next() < 0 {
			p.fail(at, "missing closing ] of the class")
		}
		c = p.next()
		if p.pos++; c != '\\' {
			return c, ""
		}
		return p.classEscape(from)
	}
	for first := true; first || p.next() != ']'; first = false {
		from := p.pos
		lo, set := get()
		if p.next() != '-' || p.pos+1 < len(p.text) && p.text[p.pos+1] == ']' {
			if set == "" {
				set = p.quote(from, lo)
			}
			text.WriteString(set)
			continue
		}
		p.pos++
		hi, other := get()
		if set+other != "" || hi < lo {
			p.fail(from, "%s, which is no range of characters", string(p.text[from:p.pos]))
		}
		text.WriteString(p.quote(from, lo) + "-" + p.quote(from, hi))
	}
	p.pos++
	text.WriteByte(']')
	return text.String()
}

// classEscape reads an escape in a class: a character, or a set of them.
func (p *parser) classEscape(at int) (c rune, set string) {
	c = p.escaped(at)
	switch {
	case strings.ContainsRune("dDsSwW", c):
		return 0, `\` + string(c)
	case c == 'b':
		return '\b', ""
	case strings.ContainsRune(octal, c):
		return p.number(at, c, string(c)+p.while(octal, 2), 8), ""
	}
	return p.character(at, c), ""
}
