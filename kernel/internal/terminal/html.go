package terminal

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"strings"
)

// HTML renders a text as HTML, with spans of the classes term-fg31 (red), term-bg41 (on red),
// term-fgi91 and term-bgi101 (bright), term-fgx200 and term-bgx200 (of xterm's 256 colours),
// term-fg1 (bold), 2 (faint), 3 (italic), 4 (underline), 9 (strike), and term-inverse-fg and
// term-inverse-bg for inverse video of the default colours. 24-bit colours are styles. Inverse
// video exchanges foreground and background, as nbconvert's ansi2html does. The HTML contains
// only the text's characters and the addresses of its http and https links. Spaces at the end
// of a line are left out unless they are coloured: progress bars write them to erase.
func HTML(text string) string {
	var s Screen
	s.Write(text)
	text = s.String()
	var out strings.Builder
	var style Style
	for text != "" {
		end := strings.IndexByte(text, 0x1b)
		if end < 0 {
			end = len(text)
		}
		writeSpan(&out, text[:end], style)
		if text = text[end:]; text == "" {
			break
		}
		q := parseSequence(text)
		if q.size == 0 {
			break // cut off
		}
		if q.isLink {
			style.link = q.link
		} else if q.final == 'm' {
			style.apply(q.parameters)
		}
		text = text[q.size:]
	}
	return out.String()
}

var trailing = regexp.MustCompile(` +\n`)

// writeSpan writes characters of one style.
func writeSpan(out *strings.Builder, text string, style Style) {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	if text == "" {
		return
	}
	if style.back == 0 && style.flags&(inverse|underline|strike) == 0 {
		text = trailing.ReplaceAllString(text, "\n")
	}
	text = html.EscapeString(text)
	if attributes := style.attributes(); attributes != "" {
		text = "<span" + attributes + ">" + text + "</span>"
	}
	if to, err := url.Parse(style.link); err == nil && (to.Scheme == "http" || to.Scheme == "https") && to.Host != "" {
		text = `<a href="` + html.EscapeString(to.String()) + `" rel="nofollow">` + text + "</a>"
	}
	out.WriteString(text)
}

// attributes are those of a span that looks like the style.
func (s Style) attributes() string {
	fore, back := s.fore, s.back
	if s.flags&inverse != 0 {
		fore, back = back, fore
	}
	var classes, styles []string
	switch {
	case fore.kind() == direct:
		styles = append(styles, css("color", fore))
	case fore != 0:
		classes = append(classes, fore.class("fg", 30))
	case s.flags&inverse != 0:
		classes = append(classes, "term-inverse-fg")
	}
	switch {
	case back.kind() == direct:
		styles = append(styles, css("background-color", back))
		if fore == 0 {
			rgb := back.rgb()
			styles = append(styles, "color:"+Ink(rgb[0], rgb[1], rgb[2]))
		}
	case back != 0:
		classes = append(classes, back.class("bg", 40))
	case s.flags&inverse != 0:
		classes = append(classes, "term-inverse-bg")
	}
	for bit, code := range codes {
		if flag := flags(1) << bit; s.flags&flag != 0 && flag != inverse {
			classes = append(classes, fmt.Sprintf("term-fg%d", code))
		}
	}
	var text string
	if len(classes) > 0 {
		text = ` class="` + strings.Join(classes, " ") + `"`
	}
	if len(styles) > 0 {
		text += ` style="` + strings.Join(styles, ";") + `"`
	}
	return text
}

// class is the class of an indexed colour.
func (c color) class(kind string, normal int) string {
	switch n := c.index(); {
	case n < 8:
		return fmt.Sprintf("term-%s%d", kind, normal+n)
	case n < 16:
		return fmt.Sprintf("term-%si%d", kind, normal+60+n-8)
	default:
		return fmt.Sprintf("term-%sx%d", kind, n)
	}
}

func css(property string, c color) string {
	rgb := c.rgb()
	return fmt.Sprintf("%s:rgb(%d,%d,%d)", property, rgb[0], rgb[1], rgb[2])
}

// Ink returns the colour of text on a background: black on a light one, white on a dark one,
// by its luma (ITU-R BT.601).
func Ink(red, green, blue uint8) string {
	if 299*int(red)+587*int(green)+114*int(blue) > 128_000 {
		return "#000"
	}
	return "#fff"
}
