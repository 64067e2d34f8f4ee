package terminal

import (
	"fmt"
	"strconv"
	"strings"
)

// Style is how a character looks.
type Style struct {
	fore, back color
	flags      flags
	link       string // the address of a hyperlink
}

// flags are the looks that are on or off.
type flags uint8

const (
	bold flags = 1 << iota
	faint
	italic
	underline
	blink
	inverse
	hidden
	strike
)

// color is a colour: the default one (0), one of xterm's 256, or a 24-bit one.
type color uint32

const (
	indexed color = 1 << 24 // with the index below
	direct  color = 2 << 24 // with red, green and blue below
)

func (c color) kind() color   { return c &^ 0xffffff }
func (c color) index() int    { return int(c & 0xff) }
func (c color) rgb() [3]uint8 { return [3]uint8{uint8(c >> 16), uint8(c >> 8), uint8(c)} }

// codes are the SGR parameters that turn a flag on.
var codes = [8]int{1, 2, 3, 4, 5, 7, 8, 9}

// apply changes the style according to the parameters of SGR (ESC [ … m). Unknown parameters
// and invalid colours have no effect.
func (s *Style) apply(parameters string) {
	list := strings.Split(parameters, ";")
	for i := 0; i < len(list); i++ {
		code, err := strconv.Atoi(list[i])
		if list[i] == "" {
			code = 0
		} else if err != nil { // perhaps 38:2::255:0:0, the form of ISO 8613-6
			s.applyColons(list[i])
			continue
		}
		switch {
		case code == 0:
			*s = Style{link: s.link}
		case code == 21: // a second underline, and on some terminals not bold
			s.flags = s.flags&^bold | underline
		case code == 22:
			s.flags &^= bold | faint
		case code == 6:
			s.flags |= blink
		case code >= 1 && code <= 9:
			for bit, on := range codes {
				if on == code {
					s.flags |= 1 << bit
				}
			}
		case code >= 23 && code <= 29:
			for bit, on := range codes {
				if on == code-20 {
					s.flags &^= 1 << bit
				}
			}
		case code >= 30 && code <= 37:
			s.fore = indexed | color(code-30)
		case code >= 90 && code <= 97:
			s.fore = indexed | color(code-90+8)
		case code >= 40 && code <= 47:
			s.back = indexed | color(code-40)
		case code >= 100 && code <= 107:
			s.back = indexed | color(code-100+8)
		case code == 39:
			s.fore = 0
		case code == 49:
			s.back = 0
		case code == 38 || code == 48 || code == 58:
			chosen, used, ok := extended(list[i+1:])
			i += used
			if ok {
				s.setColor(code, chosen)
			}
		}
	}
}

// applyColons applies a parameter with parts, such as 38:5:200, 38:2:255:0:0 and
// 38:2::255:0:0 (with a colour space, which is ignored), or 4:3, a curly underline.
func (s *Style) applyColons(parameter string) {
	parts := strings.Split(parameter, ":")
	code, err := strconv.Atoi(parts[0])
	switch {
	case err != nil:
	case code == 4 && parts[1] == "0":
		s.flags &^= underline
	case code == 4:
		s.flags |= underline
	case code == 38 || code == 48:
		rest := parts[1:]
		if len(rest) >= 5 && rest[0] == "2" {
			rest = append([]string{"2"}, rest[2:]...)
		}
		if chosen, _, ok := extended(rest); ok {
			s.setColor(code, chosen)
		}
	}
}

func (s *Style) setColor(code int, c color) {
	switch code {
	case 38:
		s.fore = c
	case 48:
		s.back = c
	}
}

// extended reads the parameters after 38 or 48: 5 and an index, or 2 and red, green, blue.
func extended(list []string) (c color, used int, ok bool) {
	count := map[string]int{"5": 1, "2": 3}[append(list, "")[0]]
	if count == 0 || len(list) < 1+count {
		return 0, len(list), false
	}
	c, ok = indexed, true
	if count == 3 {
		c = direct
	}
	var value color
	for _, text := range list[1 : 1+count] {
		part, err := strconv.ParseUint(text, 10, 8)
		if text != "" && err != nil {
			ok = false
		}
		value = value<<8 | color(part)
	}
	return c | value, 1 + count, ok
}

// transition returns the escape sequences that lead from one style to another.
func transition(from, to Style) string {
	if from == to {
		return ""
	}
	var text string
	if from.link != to.link {
		text = "\x1b]8;;" + to.link + "\a"
	}
	off := from.flags&^to.flags != 0 || from.fore != 0 && to.fore == 0 || from.back != 0 && to.back == 0
	var list []string
	if off {
		list = append(list, "0")
		from = Style{}
	}
	for bit, code := range codes {
		if flag := flags(1) << bit; to.flags&flag != 0 && from.flags&flag == 0 {
			list = append(list, strconv.Itoa(code))
		}
	}
	if to.fore != from.fore {
		list = append(list, to.fore.code(30, 90, 38))
	}
	if to.back != from.back {
		list = append(list, to.back.code(40, 100, 48))
	}
	if len(list) > 0 {
		text += "\x1b[" + strings.Join(list, ";") + "m"
	}
	return text
}

// code is the SGR parameter of a colour that is not the default.
func (c color) code(normal, bright, extended int) string {
	switch {
	case c.kind() == direct:
		rgb := c.rgb()
		return fmt.Sprintf("%d;2;%d;%d;%d", extended, rgb[0], rgb[1], rgb[2])
	case c.index() < 8:
		return strconv.Itoa(normal + c.index())
	case c.index() < 16:
		return strconv.Itoa(bright + c.index() - 8)
	}
	return fmt.Sprintf("%d;5;%d", extended, c.index())
}
