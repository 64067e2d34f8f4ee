package chart

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/lorabook/lorabook/pkg/chart/echarts"
)

// fakeScreen keeps what a notebook would have been sent.
type fakeScreen struct {
	mu      sync.Mutex
	sent    []sent
	flushed int
	fail    error
	notify  chan struct{}
}

type sent struct {
	id       string
	forms    map[protocol.MIMEType]any
	metadata map[string]any
}

func (s sent) html() string { return s.forms[protocol.MIMETextHTML].(string) }

func (f *fakeScreen) update(id string, forms map[protocol.MIMEType]any, metadata map[string]any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent = append(f.sent, sent{id, forms, metadata})
	if f.notify != nil {
		select {
		case f.notify <- struct{}{}:
		default:
		}
	}
	return f.fail
}

func (f *fakeScreen) flush() error {
	f.flushed++
	return nil
}

func (f *fakeScreen) all() []sent {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]sent(nil), f.sent...)
}

// fakeSession is a session whose words are kept.
type fakeSession struct {
	session
	printed, warned strings.Builder
}

func newFakeSession(s screen) *fakeSession {
	f := &fakeSession{}
	n := 0
	f.screen = s
	f.newID = func() string { n++; return fmt.Sprintf("output-%d", n) }
	f.print = func(text string) error { f.printed.WriteString(text); return nil }
	f.warn = func(text string) { f.warned.WriteString(text + "\n") }
	return f
}

// standIn writes a small text that Library takes for ECharts, and returns it.
func standIn(t *testing.T) string {
	t.Helper()
	text := "this.echarts={init:function(){return {setOption:function(){}}}};/* STAND-IN echarts */"
	path := filepath.Join(t.TempDir(), "echarts.js")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(echarts.Env, path)
	return text
}

func noLibrary(t *testing.T) {
	t.Helper()
	t.Setenv(echarts.Env, filepath.Join(t.TempDir(), "none.js"))
}

func TestShowSendsThreeFormsAndNoLibraryInTheEnd(t *testing.T) {
	standIn(t)
	screen := &fakeScreen{}
	s := newFakeSession(screen)
	c := samples(t)["bars"]
	if err := s.show(c); err != nil {
		t.Fatal(err)
	}
	got := screen.all()
	if len(got) != 2 || got[0].id != got[1].id || got[0].id == "" {
		t.Fatalf("the first chart of a program took %d messages, want two to one output", len(got))
	}
	if !strings.Contains(got[0].html(), "STAND-IN") || strings.Contains(got[1].html(), "STAND-IN") {
		t.Error("the library must be in the first message and not in the last, which is what a notebook saves")
	}
	last := got[1]
	png, _ := last.forms[protocol.MIMEImagePNG].([]byte)
	if len(png) < 1000 || last.forms[protocol.MIMETextPlain] != c.Text() {
		t.Errorf("the output lacks its PNG or its words: %v", last.forms)
	}
	w, h := c.size()
	if size, _ := last.metadata["image/png"].(map[string]int); size["width"] != w || size["height"] != h {
		t.Errorf("metadata is %v, want the nominal size %d×%d", last.metadata, w, h)
	}
	want, err := c.HTML()
	if err != nil {
		t.Fatal(err)
	}
	if last.html() != want {
		t.Error("the output's HTML is not Chart.HTML")
	}
	if screen.flushed != 1 {
		t.Errorf("flushed %d times, want once, at the end", screen.flushed)
	}
	// The page has the library now.
	if err := s.show(samples(t)["curves"]); err != nil {
		t.Fatal(err)
	}
	if got := screen.all(); len(got) != 3 || got[2].id == got[1].id || strings.Contains(got[2].html(), "STAND-IN") {
		t.Errorf("the second chart took %d messages, want one, to another output, without the library", len(got)-2)
	}
}

func TestShowWithoutLibraryWarnsOnce(t *testing.T) {
	noLibrary(t)
	screen := &fakeScreen{}
	s := newFakeSession(screen)
	for range 3 {
		if err := s.show(samples(t)["histogram"]); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(screen.all()); n != 3 {
		t.Errorf("3 charts took %d messages", n)
	}
	if got := s.warned.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "echarts.Fetch") || !strings.Contains(got, "static") {
		t.Errorf("the missing library was told as %q", got)
	}
}

func TestWarnOnceInAKernel(t *testing.T) {
	t.Setenv(protocol.GONB_TMP_DIR_ENV, t.TempDir())
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stderr
	os.Stderr = write
	warnOnce("first cell")
	warnOnce("second cell")
	os.Stderr = old
	write.Close()
	buf := make([]byte, 200)
	n, _ := read.Read(buf)
	if got := string(buf[:n]); got != "first cell\n" {
		t.Errorf("two cells of a kernel were told %q", got)
	}
}

func TestShowOutsideANotebookPrints(t *testing.T) {
	s := newFakeSession(nil)
	c := samples(t)["reliability"]
	if err := s.show(c); err != nil {
		t.Fatal(err)
	}
	if s.printed.String() != c.Text() {
		t.Errorf("printed %q, want the chart in words", s.printed.String())
	}
}

func TestShowReportsAFailure(t *testing.T) {
	noLibrary(t)
	broken := errors.New("pipe broken")
	s := newFakeSession(&fakeScreen{fail: broken})
	if err := s.show(samples(t)["curves"]); !errors.Is(err, broken) {
		t.Errorf("Show answers %v, want %v", err, broken)
	}
}
