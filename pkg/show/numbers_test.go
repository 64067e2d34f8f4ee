package show

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// Counts in sentences have separators, as in charts and tables.
func TestCountsInSentences(t *testing.T) {
	if got, want := sayf("%d of %6d, %.1f %s", 25000, 1000, 1234.5, "1000"), "25,000 of  1,000, 1234.5 1000"; got != want {
		t.Errorf("%q, expected %q", got, want)
	}
	var f Figures
	f.note("on %d test examples", 1000)
	text := changed(&metrics.Comparison{Examples: 1000, Fixed: 1100, Broken: 0})
	for _, s := range []string{strings.Join(f.Notes, ""), text} {
		if !strings.Contains(s, "on 1,000 test examples") {
			t.Errorf("%q", s)
		}
	}
}
