package show

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

func measure(t *testing.T, p *metrics.Predictions) *metrics.Metrics {
	t.Helper()
	m, err := metrics.Measure(p)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func refuse(t *testing.T, text string, unwanted ...string) {
	t.Helper()
	for _, w := range unwanted {
		if strings.Contains(text, w) {
			t.Errorf("%q is in\n%s", w, text)
		}
	}
}

// The text about the accuracy follows the numbers in each direction.
func TestChangedAndEvidence(t *testing.T) {
	comparison := func(fixed, broken, n int, low, high float64) *metrics.Comparison {
		test, err := significance.McNemarTest(broken, fixed)
		if err != nil {
			t.Fatal(err)
		}
		return &metrics.Comparison{Examples: n, Fixed: fixed, Broken: broken, Difference: float64(fixed-broken) / float64(n), Interval: significance.Interval{Low: low, High: high, Level: 0.95}, Test: test}
	}
	for name, c := range map[string]struct {
		comparison *metrics.Comparison
		want, not  []string
	}{
		"rose":             {comparison(60, 10, 200, 0.17, 0.33), []string{"rose by 25.0 points on 200 test examples (95 % interval +17.0 to +33.0).", "does not contain 0", "counts as unequal as 60 and 10", "chance does not explain"}, []string{"few", "fell"}},
		"fell":             {comparison(10, 60, 200, -0.33, -0.17), []string{"fell by 25.0 points", "(95 % interval -33.0 to -17.0)", "chance does not explain"}, []string{"rose"}},
		"contains 0":       {comparison(12, 10, 200, -0.04, 0.06), []string{"rose by 1.0 points", "The interval contains 0, and p = 0.83", "do not show whether training changed"}, []string{"does not explain"}},
		"fell, contains 0": {comparison(10, 12, 200, -0.06, 0.04), []string{"fell by 1.0 points", "The interval contains 0"}, nil},
		"the same":         {comparison(10, 10, 200, -0.05, 0.05), []string{"is the same before and after", "The interval contains 0"}, []string{"rose", "fell"}},
		"nothing changed":  {comparison(0, 0, 200, 0, 0), []string{"is the same", "nothing to test"}, []string{"interval contains"}},
		"disagreement":     {comparison(9, 2, 100, 0.01, 0.14), []string{"disagree about whether chance", "the evidence is weak"}, nil},
		"few examples":     {comparison(8, 0, 10, 0.4, 1), []string{"10 test examples are few"}, nil},
		"a tiny p":         {comparison(400, 10, 1000, 0.3, 0.4), []string{"p < 1e-12"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			text := changed(c.comparison) + " " + evidence(c.comparison)
			expect(t, text, c.want...)
			refuse(t, text, c.not...)
		})
	}
}

// shifted adds to the logits of the second class, so that it is predicted more often.
func shifted(p *metrics.Predictions, by float32) *metrics.Predictions {
	p.Logits = slices.Clone(p.Logits)
	for i := 1; i < len(p.Logits); i += len(p.Classes) {
		p.Logits[i] += by
	}
	return p
}

// A ranking that is far from random is explained, in its direction; others are not.
func TestUntrained(t *testing.T) {
	classes := []string{"neg", "pos"}
	for name, c := range map[string]struct {
		predictions *metrics.Predictions
		want, not   []string
	}{
		"random":                     {answers(classes, 100, 0), []string{"does not differ from chance"}, []string{"standard errors", "for every example"}},
		"backwards, one class only":  {shifted(answers(classes, 500, -0.3), -50), []string{`predicts "neg" for every example`, "contains the 50.0 %", `the ROC AUC of "pos", 0.36`, "standard errors below the 0.5", "in the wrong direction by chance", "because all predictions are the same"}, nil},
		"forwards, one class only":   {shifted(answers(classes, 500, 0.3), 50), []string{`predicts "pos" for every example`, "standard errors above the 0.5", "in the right direction by chance"}, nil},
		"backwards and below chance": {answers(classes, 500, -0.3), []string{"is below the 50.0 %", "standard errors below"}, []string{"all predictions", "which class is frequent"}},
		"a trained classifier":       {answers(classes, 500, 2), []string{"distinguishes the classes to some degree"}, []string{"standard errors", "differ from chance"}},
		"several classes, backwards": {answers([]string{"a", "b", "c"}, 300, -0.4), []string{"standard errors below"}, nil},
		"few examples of one class":  {onlyFirst(answers(classes, 40, 0), 42), []string{"is below the 95.2 %", "does not know which class is frequent"}, nil},
		"examples of one class only": {onlyFirst(answers(classes, 40, 0), 40), []string{"is below the 100.0 %"}, []string{"standard errors"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := untrained(measure(t, c.predictions))
			expect(t, text, c.want...)
			refuse(t, text, c.not...)
			refuse(t, text, "NaN", "Inf", "  ")
		})
	}
	if got := randomAreaError(500, 500); math.Abs(got-0.018266) > 1e-6 {
		t.Errorf("standard error %v", got)
	}
}

// onlyFirst keeps the first n examples.
func onlyFirst(p *metrics.Predictions, n int) *metrics.Predictions {
	p.IDs, p.Labels, p.Logits = p.IDs[:n], p.Labels[:n], p.Logits[:n*len(p.Classes)]
	return p
}

// scaled multiplies the logits: the same predictions with other probabilities.
func scaled(p *metrics.Predictions, by float32) *metrics.Predictions {
	p.Logits = slices.Clone(p.Logits)
	for i := range p.Logits {
		p.Logits[i] *= by
	}
	return p
}

func TestCalibrationText(t *testing.T) {
	classes := []string{"neg", "pos"}
	untrained, trained := measure(t, scaled(answers(classes, 200, 0), 0.05)), measure(t, answers(classes, 200, 1.5))
	confident, timid := measure(t, scaled(answers(classes, 200, 1.5), 20)), measure(t, scaled(answers(classes, 200, 1.5), 0.1))
	for name, c := range map[string]struct {
		before, after *metrics.Metrics
		want, not     []string
	}{
		"rose":      {untrained, confident, []string{"rose from", "overconfident by", "A low error does not mean an accurate model"}, []string{"fell", "underconfident"}},
		"fell":      {confident, trained, []string{"fell from"}, []string{"rose", "A low error"}},
		"timid":     {untrained, timid, []string{"underconfident by"}, []string{"overconfident"}},
		"unchanged": {trained, trained, []string{"is the same before and after"}, []string{"rose", "fell", "A low error"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := calibration(c.before, c.after)
			expect(t, text, c.want...)
			refuse(t, text, c.not...)
		})
	}
}

// Points with few predictions are described.
func TestSmallBins(t *testing.T) {
	classes := []string{"neg", "pos"}
	p := &metrics.Predictions{Classes: classes}
	for i := range 45 { // 40 predictions with a probability of about 0.98, five with 0.55
		logit := float32(4)
		if i >= 40 {
			logit = 0.2
		}
		p.Labels, p.Logits = append(p.Labels, 0), append(p.Logits, logit, 0)
	}
	text, err := smallBins(measure(t, p))
	if want := "1 of the 2 points after training contains fewer than 30 predictions: its accuracy is uncertain. In the smallest, 5 of 5 are right: the 95 % interval is 57 to 100 %."; err != nil || text != want {
		t.Errorf("%q, %v", text, err)
	}
	p.Labels, p.Logits = p.Labels[:40], p.Logits[:80]
	if text, err := smallBins(measure(t, p)); err != nil || text != "" {
		t.Errorf("no small bin: %q, %v", text, err)
	}
}
