package render

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/chroma/v2"
)

// luminance is WCAG 2's relative luminance of a colour such as #1d2126.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	hex := strings.TrimPrefix(colour, "#")
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	n, err := strconv.ParseUint(hex, 16, 32)
	if err != nil || len(hex) != 6 {
		t.Fatalf("%q is no colour", colour)
	}
	var sum float64
	for i, weight := range []float64{0.0722, 0.7152, 0.2126} {
		c := float64(n>>(8*i)&255) / 255
		if c <= 0.03928 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	high, low := luminance(t, a), luminance(t, b)
	if high < low {
		high, low = low, high
	}
	return (high + 0.05) / (low + 0.05)
}

// TestContrast holds every colour of text to WCAG's level AA.
func TestContrast(t *testing.T) {
	check := func(what, ink, back string) {
		t.Helper()
		if c := contrast(t, ink, back); c < 4.5 {
			t.Errorf("%s: %s on %s has a contrast of %.2f, want 4.5", what, ink, back, c)
		}
	}
	for name, theme := range map[string]struct {
		style    *chroma.Style
		back     string
		terminal [16]string
	}{"light": {lightCode(), lightBack, terminalLight}, "dark": {darkCode(), darkBack, terminalDark}} {
		for _, token := range theme.style.Types() {
			check(name+" "+token.String(), theme.style.Get(token).Colour.String(), theme.back)
		}
		for _, colour := range theme.terminal {
			check(name+" terminal", colour, theme.back)
		}
	}
	variables := regexp.MustCompile(`--([a-z-]+):light-dark\((#[0-9a-f]+),(#[0-9a-f]+)\)`).FindAllStringSubmatch(styleSource, -1)
	for theme, name := range []string{"light", "dark"} {
		colours := make(map[string]string)
		for _, v := range variables {
			colours[v[1]] = v[2+theme]
		}
		for _, ink := range []string{"ink", "soft", "link"} {
			for _, back := range []string{"back", "code", "mark"} {
				check(name+" "+ink+" on "+back, colours[ink], colours[back])
			}
		}
		check(name+" error", colours["wrong"], colours["wrong-back"])
		check(name+" error", colours["ink"], colours["wrong-back"])
	}
}

// TestCodeBackground: the palette is checked on the backgrounds that the style sheet sets.
func TestCodeBackground(t *testing.T) {
	has(t, styleSource, "--code:light-dark("+lightBack+","+darkBack+")")
}

// TestTerminalCSS: where a program chose both colours, the background's rule, which also
// sets a colour to read on it, must not override the foreground's.
func TestTerminalCSS(t *testing.T) {
	css := terminalCSS()
	fore, back := strings.Index(css, ".term-fg30{"), strings.LastIndex(css, ".term-bg")
	if inverse := strings.LastIndex(css, ".term-inverse-fg{"); fore < 0 || back < 0 || back > fore || inverse < fore {
		t.Errorf("the last background rule is at %d, the first foreground rule at %d, that of inverse video at %d", back, fore, inverse)
	}
	for _, class := range []string{".term-inverse-bg{", ".term-fgi97{", ".term-bgi107{", ".term-fgx255{", ".term-bgx16{"} {
		if !strings.Contains(css, class) {
			t.Errorf("no rule %s", class)
		}
	}
}
