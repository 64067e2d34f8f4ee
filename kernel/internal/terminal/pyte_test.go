package terminal

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestScreenAgainstPyte: testdata/screen.json is written by make_screen.py with the
// terminal emulator pyte.
func TestScreenAgainstPyte(t *testing.T) {
	data, err := os.ReadFile("testdata/screen.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct{ Text, Shown string }
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	escape := regexp.MustCompile(`\x1b\[[0-9;]*m`)
	spaces := regexp.MustCompile(` +(\n|$)`)
	wrong := 0
	for _, test := range cases {
		var s Screen
		s.Write(test.Text)
		got := escape.ReplaceAllString(s.String(), "")
		got = spaces.ReplaceAllString(expandTabs(got), "$1")
		if got = strings.TrimRight(got, "\n"); got != test.Shown {
			if wrong++; wrong <= 12 {
				t.Errorf("%q is shown as %q, want %q", test.Text, got, test.Shown)
			}
		}
	}
	if wrong > 0 || len(cases) < 1000 {
		t.Errorf("%d of %d are wrong", wrong, len(cases))
	}
}

// expandTabs puts spaces for the tabs that a screen keeps at the end of a line.
func expandTabs(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		var out strings.Builder
		column := 0
		for _, r := range line {
			n := width(r)
			if r == '\t' {
				n = tabStop - column%tabStop
				out.WriteString(strings.Repeat(" ", n))
			} else {
				out.WriteRune(r)
			}
			column += n
		}
		lines[i] = out.String()
	}
	return strings.Join(lines, "\n")
}
