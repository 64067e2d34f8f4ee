package progress

import (
	"strings"
	"testing"
)

// TestBytes: each reading of large files is a task, and small files are not shown.
func TestBytes(t *testing.T) {
	var out strings.Builder
	report, end := Bytes(NewLog(&out, 0), "reading own.csv", 3<<20)
	for range 2 {
		for done := int64(1 << 20); done <= 3<<20; done += 1 << 20 {
			report(done, 3<<20)
		}
	}
	end()
	end()
	for text, n := range map[string]int{"reading own.csv (MiB): 0/3 begun": 2, "reading own.csv (MiB): 2/3": 2, "reading own.csv (MiB): 3/3 ended": 2} {
		if got := strings.Count(out.String(), text); got != n {
			t.Errorf("%q occurs %d times, expected %d:\n%s", text, got, n, out.String())
		}
	}
	out.Reset()
	report, end = Bytes(NewLog(&out, 0), "reading own.csv", 3<<20)
	report(1<<20, 2<<20)
	end()
	if out.Len() > 0 {
		t.Error(out.String())
	}
}
