package heap

import (
	"runtime/debug"
	"testing"
)

// percent returns the collector's percentage.
func percent() int {
	now := debug.SetGCPercent(-1)
	debug.SetGCPercent(now)
	return now
}

func TestFrugal(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(80)
	defer debug.SetGCPercent(before)
	want := func(when string, want int) {
		t.Helper()
		if got := percent(); got != want {
			t.Errorf("%s: %d %%, expected %d %%", when, got, want)
		}
	}
	first, second := Frugal(), Frugal()
	want("two users", frugalPercent)
	first()
	first() // the second call has no effect
	want("one has ended, twice", frugalPercent)
	second()
	want("both have ended", 80)
	for _, set := range []int{frugalPercent - 5, -1} {
		debug.SetGCPercent(set)
		end := Frugal()
		want("during", set)
		end()
		want("after", set)
	}
	debug.SetGCPercent(80)
	t.Setenv("GOGC", "300")
	defer Frugal()()
	want("GOGC is set", 80)
}
