package show

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// Decisions that are the same for every text are said.
func TestDecisionsForEveryExample(t *testing.T) {
	classes := []string{"always", "never", "sometimes"}
	measured := func(p *metrics.MultiLabelPredictions) *metrics.MultiLabelMetrics {
		m, err := metrics.MeasureMultiLabel(t.Context(), p, significance.Bootstrap{Resamples: 100})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	before, p := measured(severalAnswers(classes, 40, 0)), severalAnswers(classes, 40, 3)
	for i := range p.Labels {
		p.Logits[3*i], p.Logits[3*i+1] = 9, -9
	}
	f, err := decisionsByClass(before, measured(p))
	if err != nil {
		t.Fatal(err)
	}
	notes := strings.Join(f.Notes, "\n")
	for _, want := range []string{"1 of the 3 classes is predicted for every example after training", "1 of the 3 classes is never predicted after training"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no %q in %q", want, notes)
		}
	}
	if f, err = decisionsByClass(before, before); err != nil || len(f.Notes) > 0 {
		t.Errorf("%q, %v: expected no note", f.Notes, err)
	}
}
