package roc

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Curve is the points of a curve.
type Curve struct {
	Name                          string
	FalsePositives, TruePositives []float64
}

// Figure is the figure behind [chart.ROC].
type Figure struct {
	Labels canvas.Labels
	Curves []Curve
}

// area is the area below the curve.
func (c Curve) area() float64 {
	sum := 0.0
	for i := 1; i < len(c.FalsePositives); i++ {
		sum += (c.FalsePositives[i] - c.FalsePositives[i-1]) * (c.TruePositives[i] + c.TruePositives[i-1]) / 2
	}
	return sum
}

// areaText names the area under a curve.
func (c Curve) areaText() string { return fmt.Sprintf("AUC %.3f", c.area()) }

// at returns the true positive rate that a curve reaches at a false positive rate.
func (c Curve) at(rate float64) float64 {
	best := 0.0
	for i, x := range c.FalsePositives {
		if x > rate {
			before := c.FalsePositives[i-1]
			return max(best, c.TruePositives[i-1]+(c.TruePositives[i]-c.TruePositives[i-1])*(rate-before)/(x-before))
		}
		best = c.TruePositives[i]
	}
	return best
}

// Kind is the name in identifiers and errors.
func (r *Figure) Kind() string { return "roc" }

// Numbers describes each curve in words.
func (r *Figure) Numbers() []string {
	var out []string
	for _, c := range r.Curves {
		out = append(out, fmt.Sprintf("%s: %s; %s found at 10 %% false positives, %s at 50 %%", c.Name, c.areaText(), canvas.Percent(c.at(0.1)), canvas.Percent(c.at(0.5))))
	}
	return out
}
