package run

import (
	"bytes"
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
