package show

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// The table of 0.5 agrees with the metrics of the predictions; other thresholds move it.
func TestThreshold(t *testing.T) {
	classes := labelSets["ham, spam"]
	before, after := answers(classes, 20, 0), answers(classes, 20, 1)
	f, err := threshold(before, after, "")
	if err != nil || len(f.Sliders) != 1 {
		t.Fatalf("%v, %v", f, err)
	}
	s := f.Sliders[0]
	if _, err := s.HTML(); err != nil {
		t.Fatal(err)
	}
	m, err := metrics.Measure(after)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Tables) != 101 || s.Positions[s.Start] != "0.50" {
		t.Errorf("%d positions, start %s", len(s.Tables), s.Positions[s.Start])
	}
	text := s.Text()
	for _, want := range []string{
		`Decisions for "` + classes[1] + `" on `, "(threshold 0.50)", "accuracy, 95 % interval",
		percent(m.Accuracy, m.Examples) + " (", percent(m.Classes[1].Precision, m.Examples) + "\n", percent(m.Classes[1].Recall, m.Examples) + "\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if last := s.Tables[100].Text(); !strings.Contains(last, "–") && last == s.Tables[50].Text() {
		t.Errorf("threshold 1\n%s", last)
	}
	if first := s.Tables[0].Text(); !strings.Contains(first, "100.0 %\n") || !strings.Contains(first, "true negatives ") {
		t.Errorf("threshold 0\n%s", first)
	}
}

// Of more classes, one must be named.
func TestThresholdOfOneClass(t *testing.T) {
	classes := labelSets["bad, fair, good"]
	before, after := answers(classes, 20, 0), answers(classes, 20, 1)
	if f, err := threshold(before, after, ""); err != nil || len(f.Sliders) != 0 || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "name it with positive") {
		t.Errorf("%v, %v", f, err)
	}
	if f, err := threshold(before, after, classes[0]); err != nil || len(f.Sliders) != 1 {
		t.Errorf("%v, %v", f, err)
	}
	if _, err := threshold(before, after, "none"); err == nil || !strings.Contains(err.Error(), `"none" is not a class`) {
		t.Errorf("error is %v", err)
	}
}
