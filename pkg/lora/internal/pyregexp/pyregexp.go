// Package pyregexp translates regular expressions of Python's re into those of regexp2.
//
// The two read some of the same text differently: x{,2} repeats in Python and is five characters in
// regexp2, [a-z-[q]] subtracts a class in regexp2 alone, and named groups have other numbers. An
// expression is therefore parsed by Python's rules, and written in constructs that regexp2 reads
// alike.
//
// The texts to match are the dotted names of modules: ASCII without line breaks. Flags that differ
// on other texts alone (a, m, s, u) have no effect.
package pyregexp

import (
	"fmt"
	"strconv"
	"strings"
)

// Error is a construct that Python's re refuses, or that has no translation.
type Error struct {
	At     int // number of the character, from 1
	Reason string
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("is no regular expression that can be used: %s at character %d", e.Reason, e.At)
}

// Translate translates an expression that a larger one contains. The larger one has closed groups
// before it, and then open groups that hold it: \1 in the expression is the first of them. A nil error
// means that regexp2 reads the result as Python reads the expression.
func Translate(expression string, closed, open int) (translated string, err error) {
	p := &parser{text: []rune(expression)}
	for i := range closed + open {
		p.groups = append(p.groups, group{closed: i < closed, hi: endless})
	}
	defer func() {
		if failed, ok := recover().(*Error); ok {
			translated, err = "", failed
		}
	}()
	body := p.expression()
	if p.pos < len(p.text) {
		p.fail(p.pos, "unbalanced )")
	}
	for _, c := range p.conditions {
		if c.group > len(p.groups) {
			p.fail(c.at, "a condition on group %d, which does not exist", c.group)
		}
	}
	return body, nil
}

// Limits: Python's are higher, or those of its stack.
const (
	deepest = 200
	endless = 1 << 15 // width or number of repetitions
)

// group is a group of the expression that captures.
type group struct {
	name   string
	lo, hi int // width
	closed bool
}

// part is a translated part of an expression, and its width in characters.
type part struct {
	text   string
	lo, hi int
}

// condition is a condition on a group, which may follow it.
type condition struct{ at, group int }

// flags of a part of an expression.
type flags struct{ fold, verbose bool }

type parser struct {
	text       []rune
	pos        int
	groups     []group
	conditions []condition
	flags      flags
	behind     int // number of lookbehinds around the position
	depth      int
}

// fail ends the translation.
func (p *parser) fail(at int, format string, args ...any) {
	panic(&Error{At: at + 1, Reason: fmt.Sprintf(format, args...)})
}

// next returns the next character; -1 at the end.
func (p *parser) next() rune {
	if p.pos == len(p.text) {
		return -1
	}
	return p.text[p.pos]
}

// accept skips a text, if it follows.
func (p *parser) accept(text string) bool {
	if !strings.HasPrefix(string(p.text[p.pos:min(len(p.text), p.pos+len(text))]), text) {
		return false
	}
	p.pos += len(text)
	return true
}

// while returns up to n following characters of a set.
func (p *parser) while(set string, n int) string {
	start := p.pos
	for p.pos < len(p.text) && p.pos-start < n && strings.ContainsRune(set, p.text[p.pos]) {
		p.pos++
	}
	return string(p.text[start:p.pos])
}

// expression translates the whole expression, with the flags at its start.
func (p *parser) expression() string {
	before := p.flags
	for start := p.pos; p.accept("(?"); start = p.pos {
		on, _, ends := p.readFlags()
		if ends != ')' {
			p.pos = start
			break
		}
		p.flags = flags{p.flags.fold || on.fold, p.flags.verbose || on.verbose}
	}
	return p.scoped(before, p.alternatives().text)
}

// scoped writes the flags of a translated text, if they differ from those around it.
func (p *parser) scoped(around flags, text string) string {
	switch {
	case p.flags.fold && !around.fold:
		return "(?i:" + text + ")"
	case !p.flags.fold && around.fold:
		return "(?-i:" + text + ")"
	}
	return text
}

// alternatives translates alternatives up to ) or the end.
func (p *parser) alternatives() part {
	if p.depth++; p.depth > deepest {
		p.fail(p.pos, "more than %d groups in one another", deepest)
	}
	defer func() { p.depth-- }()
	all := p.sequence()
	for p.accept("|") {
		one := p.sequence()
		all = part{all.text + "|" + one.text, min(all.lo, one.lo), max(all.hi, one.hi)}
	}
	return all
}

// sequence translates one alternative.
func (p *parser) sequence() part {
	var done part
	var last part // what a quantifier repeats
	can, why := false, "nothing to repeat"
	flush := func() {
		done = part{done.text + last.text, min(done.lo+last.lo, endless), min(done.hi+last.hi, endless)}
		last = part{}
	}
	for p.pos < len(p.text) && p.next() != '|' && p.next() != ')' {
		at, c := p.pos, p.next()
		if p.flags.verbose && p.skipVerbose() {
			continue
		}
		if p.accept("(?#") {
			for p.next() != ')' {
				if p.next() < 0 {
					p.fail(at, "missing closing ) of the comment")
				}
				p.pos++
			}
			p.pos++
			continue
		}
		if q, ok := p.quantifier(); ok {
			if !can {
				p.fail(at, "%s", why)
			}
			if q.hi > 1 && strings.Contains(last.text, "(?>") { // regexp2 backtracks otherwise there
				p.fail(at, "a repeated part without backtracking ((?>...), or a quantifier with +), which has no translation")
			}
			last = p.repeat(last, q)
			can, why = false, "a quantifier after another"
			continue
		}
		flush()
		can, why = true, ""
		p.pos++
		switch c {
		case '^', '$':
			can, why = false, "nothing to repeat"
			last.text = map[rune]string{'^': `\A`, '$': `\z`}[c]
		case '.':
			last = part{".", 1, 1}
		case '[':
			last = part{p.class(at), 1, 1}
		case '(':
			last = p.group(at)
		case '\\':
			if last = p.escape(at); last.hi == 0 && strings.HasPrefix(last.text, `\`) {
				can, why = false, "nothing to repeat"
			}
		default:
			last = p.literal(at, c)
		}
	}
	flush()
	return done
}

// skipVerbose skips white space, or a comment, of a verbose expression.
func (p *parser) skipVerbose() bool {
	if p.while(" \t\n\r\v\f", len(p.text)) != "" {
		return true
	}
	if p.next() != '#' {
		return false
	}
	for p.pos < len(p.text) && p.text[p.pos] != '\n' {
		p.pos++
	}
	return true
}

// quantifier is a number of repetitions.
type quantifier struct {
	text   string
	lo, hi int
	suffix string // ? for as few as possible, + for as many as possible without backtracking
}

// quantifier reads a quantifier. A { that begins none is a character.
func (p *parser) quantifier() (q quantifier, ok bool) {
	start := p.pos
	switch {
	case p.accept("?"):
		q = quantifier{text: "?", hi: 1}
	case p.accept("*"):
		q = quantifier{text: "*", hi: endless}
	case p.accept("+"):
		q = quantifier{text: "+", lo: 1, hi: endless}
	case p.accept("{"):
		const digits = "0123456789"
		lo := p.while(digits, len(p.text))
		hi := lo
		comma := p.accept(",")
		if comma {
			hi = p.while(digits, len(p.text))
		}
		if lo == "" && !comma || !p.accept("}") {
			p.pos = start
			return q, false
		}
		q = quantifier{lo: p.times(start, lo, 0), hi: p.times(start, hi, endless)}
		if q.hi < q.lo {
			p.fail(start, "%d repetitions at least, and %d at most", q.lo, q.hi)
		}
		if q.text = fmt.Sprintf("{%d,%d}", q.lo, q.hi); hi == "" {
			q.text = fmt.Sprintf("{%d,}", q.lo)
		}
	default:
		return q, false
	}
	for _, suffix := range []string{"?", "+"} {
		if p.accept(suffix) {
			q.suffix = suffix
			break
		}
	}
	return q, true
}

// times reads a number of repetitions.
func (p *parser) times(at int, digits string, absent int) int {
	if digits == "" {
		return absent
	}
	n, err := strconv.Atoi(digits)
	if err != nil || n >= endless {
		p.fail(at, "%s repetitions, more than %d", digits, endless-1)
	}
	return n
}

// repeat repeats a part.
func (p *parser) repeat(one part, q quantifier) part {
	text := one.text + q.text
	switch q.suffix {
	case "?":
		text += "?"
	case "+":
		text = "(?>" + text + ")"
	}
	return part{text, min(one.lo*q.lo, endless), min(one.hi*q.hi, endless)}
}
