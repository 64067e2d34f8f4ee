package bar

import (
	"strings"
	"testing"
)

func TestBytes(t *testing.T) {
	var out strings.Builder
	b := New(&out, Options{Text: "check", Bytes: true, Times: true, Vanish: true})
	b.Reach(1<<20, 4<<20)
	if got := out.String(); !strings.Contains(got, "25%") || !strings.Contains(got, "1.0/4.0 MiB") || !strings.Contains(got, "check") || !strings.Contains(got, "[0s:") {
		t.Errorf("drawn: %q", got)
	}
	b.Reach(1<<20, 2<<20) // other work
	if got := out.String(); !strings.Contains(got, "50%") {
		t.Errorf("drawn: %q", got)
	}
	b.Finish()
	if last := out.String()[strings.LastIndex(out.String(), "\r"):]; last != "\r" || !strings.Contains(out.String(), "\r   ") {
		t.Errorf("the bar was not removed: %q", out.String())
	}
}

func TestSpinner(t *testing.T) {
	var out strings.Builder
	b := New(&out, Options{Text: "build", Uncounted: true})
	b.Note("build a package")
	b.Add(3)
	b.Finish()
	if got := out.String(); !strings.Contains(got, "build a package") || strings.Contains(got, "%") || strings.Contains(got, "3/") || strings.Contains(got, "s]") {
		t.Errorf("drawn: %q", got)
	}
	if !b.Finished() {
		t.Error("the bar did not finish")
	}
}
