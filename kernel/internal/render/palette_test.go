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
	// The variables of the style sheet: the first set is the light theme, the second the dark.
	sets := regexp.MustCompile(`:root\{([^}]*)\}`).FindAllStringSubmatch(styleSource, -1)
	if len(sets) != 2 {
		t.Fatalf("%d sets of variables in the style sheet, want 2", len(sets))
	}
	variables := make(map[string]string)
	for i, set := range sets {
		for _, v := range regexp.MustCompile(`--([a-z-]+):(#[0-9a-f]+)`).FindAllStringSubmatch(set[1], -1) {
			variables[v[1]] = v[2]
		}
		for _, ink := range []string{"ink", "soft", "link"} {
			for _, back := range []string{"back", "code"} {
				check([]string{"light", "dark"}[i]+" "+ink+" on "+back, variables[ink], variables[back])
			}
		}
		check("error", variables["wrong"], variables["wrong-back"])
		check("error", variables["ink"], variables["wrong-back"])
	}
}

// TestCodeBackground: the palette is checked on the backgrounds that the style sheet sets.
func TestCodeBackground(t *testing.T) {
	for _, back := range []string{lightBack, darkBack} {
		if !strings.Contains(styleSource, "--code:"+back+";") {
			t.Errorf("the style sheet has no code background %s", back)
		}
	}
}
