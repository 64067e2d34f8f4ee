package testset

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// Renamed classes that turn the answers around are remarked, unless the classifier is wrong by itself.
func TestBelowChance(t *testing.T) {
	r := &Report{Classes: map[string]string{"0": "good"}}
	r.Metrics = &metrics.Metrics{Classes: make([]metrics.ClassMetrics, 2)}
	r.Metrics.AccuracyInterval.High = 0.4
	if w := r.belowChance(); !strings.Contains(w, "below that of a guess") {
		t.Errorf("the warning is %q", w)
	}
	r.Classes = nil
	if w := r.belowChance(); w != "" {
		t.Errorf("without renamed classes the warning is %q", w)
	}
}
