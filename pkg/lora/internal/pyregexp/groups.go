package pyregexp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// group translates what follows an opening bracket, to the closing one.
func (p *parser) group(at int) part {
	if !p.accept("?") {
		return p.capture(at, "")
	}
	switch {
	case p.accept("P<"):
		return p.capture(at, p.name(at, ">"))
	case p.accept("P="):
		name := p.name(at, ")")
		return p.reference(at, p.named(at, name))
	case p.accept(":"):
		return p.enclosed(at, "(?:")
	case p.accept(">"):
		return p.enclosed(at, "(?>")
	case p.accept("="):
		return part{text: p.enclosed(at, "(?=").text}
	case p.accept("!"):
		return part{text: p.enclosed(at, "(?!").text}
	case p.accept("<="):
		return p.lookbehind(at, "(?<=")
	case p.accept("<!"):
		return p.lookbehind(at, "(?<!")
	case p.accept("("):
		return p.conditional(at)
	}
	return p.flagged(at)
}

// enclosed translates the inside of a group that does not capture.
func (p *parser) enclosed(at int, opening string) part {
	around := p.flags
	inside := p.alternatives()
	p.flags = around
	p.closing(at)
	return part{opening + inside.text + ")", inside.lo, inside.hi}
}

func (p *parser) closing(at int) {
	if !p.accept(")") {
		p.fail(at, "missing closing ) of the group")
	}
}

// capture translates a group that captures.
func (p *parser) capture(at int, name string) part {
	if name != "" && slices.ContainsFunc(p.groups, func(g group) bool { return g.name == name }) {
		p.fail(at, "a second group %s", name)
	}
	number := len(p.groups)
	p.groups = append(p.groups, group{name: name})
	all := p.enclosed(at, "(")
	p.groups[number] = group{name, all.lo, all.hi, true}
	return all
}

func (p *parser) lookbehind(at int, opening string) part {
	p.behind++
	inside := p.enclosed(at, opening)
	p.behind--
	if inside.lo != inside.hi {
		p.fail(at, "a lookbehind without a fixed width")
	}
	return part{text: inside.text}
}

// name reads the name of a group, and what ends it.
func (p *parser) name(at int, end string) string {
	start := p.pos
	for p.next() >= 0 && !strings.ContainsRune(end, p.next()) {
		p.pos++
	}
	name := string(p.text[start:p.pos])
	if !p.accept(end) {
		p.fail(at, "missing %s after the name of a group", end)
	}
	for i, c := range name {
		if c != '_' && !unicode.IsLetter(c) && (i == 0 || !unicode.IsDigit(c)) {
			p.fail(at, "%q is no name of a group", name)
		}
	}
	if name == "" {
		p.fail(at, "a group without a name")
	}
	return name
}

// named returns the number of a named group.
func (p *parser) named(at int, name string) int {
	i := slices.IndexFunc(p.groups, func(g group) bool { return g.name == name })
	if i < 0 {
		p.fail(at, "a reference to the group %s, which does not exist before it", name)
	}
	return i + 1
}

// reference translates a reference to the text of a group.
func (p *parser) reference(at, number int) part {
	if number < 1 || number > len(p.groups) {
		p.fail(at, "a reference to group %d, which does not exist before it", number)
	}
	g := p.groups[number-1]
	switch {
	case !g.closed:
		p.fail(at, "a reference to group %d inside of it", number)
	case p.behind > 0:
		p.fail(at, "a reference to group %d in a lookbehind, which has no translation", number)
	}
	return part{fmt.Sprintf(`(?:\%d)`, number), g.lo, g.hi}
}

// conditional translates (?(GROUP)YES|NO), of which "(?(" is read.
func (p *parser) conditional(at int) part {
	start := p.pos
	number, err := strconv.Atoi(p.while("0123456789", len(p.text)))
	if err != nil || !p.accept(")") {
		p.pos = start
		number = p.named(at, p.name(at, ")"))
	}
	switch {
	case number < 1:
		p.fail(at, "a condition on group 0")
	case number <= len(p.groups) && !p.groups[number-1].closed:
		p.fail(at, "a condition on group %d inside of it", number)
	case p.behind > 0:
		p.fail(at, "a condition in a lookbehind, which has no translation")
	}
	p.conditions = append(p.conditions, condition{at, number})
	around := p.flags
	yes, no := p.sequence(), part{}
	text := yes.text
	if p.accept("|") {
		no = p.sequence()
		text += "|" + no.text
	}
	if p.next() == '|' {
		p.fail(at, "a condition with more than two alternatives")
	}
	p.flags = around
	p.closing(at)
	return part{fmt.Sprintf("(?(%d)%s)", number, text), min(yes.lo, no.lo), max(yes.hi, no.hi)}
}

// flagged translates (?FLAGS-FLAGS:...), of which "(?" is read.
func (p *parser) flagged(at int) part {
	around := p.flags
	on, off, ends := p.readFlags()
	switch ends {
	case ':':
	case ')':
		p.fail(at, "flags for the whole expression that are not at its start")
	default:
		p.fail(at, "(?%s, which is no construct of Python's re", string(p.text[at+2:min(len(p.text), at+4)]))
	}
	p.flags = flags{(around.fold || on.fold) && !off.fold, (around.verbose || on.verbose) && !off.verbose}
	inside := p.alternatives()
	text := p.scoped(around, inside.text)
	if p.flags.fold == around.fold {
		text = "(?:" + text + ")"
	}
	p.flags = around
	p.closing(at)
	return part{text, inside.lo, inside.hi}
}

// readFlags reads flags to switch on and off, and what ends them: ':' or ')', or 0 for anything else.
func (p *parser) readFlags() (on, off flags, ends rune) {
	of := func(letters string) flags {
		return flags{strings.Contains(letters, "i"), strings.Contains(letters, "x")}
	}
	set := p.while("aimsux", len(p.text))
	if strings.Contains(set, "a") && strings.Contains(set, "u") {
		return on, off, 0
	}
	unset := ""
	minus := p.accept("-")
	if minus {
		if unset = p.while("imsx", len(p.text)); unset == "" || strings.ContainsAny(set, unset) {
			return on, off, 0
		}
	}
	on, off = of(set), of(unset)
	switch {
	case set+unset != "" && p.accept(":"):
		return on, off, ':'
	case set != "" && !minus && p.accept(")"):
		return on, off, ')'
	}
	return on, off, 0
}
