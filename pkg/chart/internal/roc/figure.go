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

// areaText names the area below a curve.
func (c Curve) areaText() string { return fmt.Sprintf("area %.3f", c.area()) }

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

func (r *Figure) Kind() string { return "roc" }

const (
	rocPlot = 360 // both sides of the plot
	rocHead = 12
	rocFoot = 50
	rocKey  = canvas.AxisRoom + rocPlot + 28 // left edge of the key
	rocStep = 40                             // from one entry of the key to the next
	rocLine = 34                             // length of the stroke in the key
)

func (r *Figure) Height() int { return rocHead + rocPlot + rocFoot }

// keyNames are the names of the curves in the key.
func (r *Figure) keyNames() []string {
	var all []string
	for _, c := range r.Curves {
		all = append(all, c.Name)
	}
	return canvas.ShortenAll(all, canvas.TextStyle(canvas.TextPt, true, canvas.Ink), canvas.Width-canvas.Margin-rocKey-rocLine-10)
}

// keyTop is the middle of an entry's name, in pixels below the drawing's upper edge.
func (r *Figure) keyTop(i int) float64 { return rocHead + 40 + float64(i*rocStep) }

func (r *Figure) Numbers() []string {
	var out []string
	for _, c := range r.Curves {
		out = append(out, fmt.Sprintf("%s: %s; %s found at 10 %% false positives, %s at 50 %%", c.Name, c.areaText(), canvas.Percent(c.at(0.1)), canvas.Percent(c.at(0.5))))
	}
	return out
}

// Guessing is the text on the diagonal, on which a random classifier lies.
const Guessing = "a guess"
