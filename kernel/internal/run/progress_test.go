package run

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rivo/uniseg"
)

func TestProgressInALog(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out)
	p.every = 20 * time.Millisecond
	p.begin(3, 12, "%%\n\n\tload(\"imdb\")\nmore")
	p.streamed("10%\r\x1b[31m20%\x1b[0m\r")
	time.Sleep(100 * time.Millisecond)
	p.end("FAILED")
	lines := strings.Split(out.String(), "\n")
	if len(lines) < 3 || !strings.HasPrefix(lines[0], "  [ 3/12]") || !strings.HasSuffix(lines[0], `load("imdb") │ 20% …`) {
		t.Errorf("while it ran: %q", lines)
	}
	if last := lines[len(lines)-2]; !strings.HasSuffix(last, `load("imdb")  FAILED`) {
		t.Errorf("at the end: %q", last)
	}
	if strings.Contains(out.String(), "\x1b") || strings.Contains(out.String(), "\r") {
		t.Errorf("a log has no use for a terminal's codes: %q", out.String())
	}
}

func TestProgressOnATerminal(t *testing.T) {
	var out bytes.Buffer
	p := newProgress(&out)
	p.terminal, p.every = true, 20*time.Millisecond
	p.begin(1, 1, "x")
	time.Sleep(100 * time.Millisecond)
	p.end("")
	if n := strings.Count(out.String(), "\n"); n != 1 || strings.Count(out.String(), "\r\x1b[K") < 3 {
		t.Errorf("one line was to be rewritten: %q", out.String())
	}
}

func TestShorten(t *testing.T) {
	for _, line := range []string{"", "short", strings.Repeat("x", 50), strings.Repeat("日本", 20), strings.Repeat("🇩🇪e\u0301", 20)} {
		got := shorten(line, 20)
		if width := uniseg.StringWidth(got); width > 20 || width < min(19, uniseg.StringWidth(line)) {
			t.Errorf("%q is %d wide", got, width)
		}
	}
}

// TestProgressKeepsWarnings: a line that begins with "warning: " stays, whole and once,
// however the output was cut into messages.
func TestProgressKeepsWarnings(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		var out bytes.Buffer
		p := newProgress(&out)
		p.terminal, p.every = terminal, time.Hour
		long := "warning: " + strings.Repeat("many words ", 30) + "end"
		p.begin(1, 2, "x")
		for _, piece := range []string{"50 %\r     \rwarn", "ing: the first\nwarning: the fi", "rst\n", "no warning: here\n", long} {
			p.streamed(piece)
		}
		p.end("")
		p.begin(2, 2, "y")
		p.streamed("warning: the first\nwarning: the second\n")
		p.end("")
		var got []string
		for line := range strings.Lines(strings.ReplaceAll(out.String(), "\r\x1b[K", "")) {
			if strings.Contains(line, "warning") {
				got = append(got, line)
			}
		}
		want := []string{"  warning: the first\n", "  " + long + "\n", "  warning: the second\n"}
		if !slices.Equal(got, want) {
			t.Errorf("terminal %v: the warnings shown are %q, expected %q", terminal, got, want)
		}
	}
}
