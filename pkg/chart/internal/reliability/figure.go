package reliability

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Model is the bins of a model.
type Model struct {
	Name                 string
	Confidence, Accuracy []float64
	Count                []int
}

// Figure is the figure behind [chart.Reliability].
type Figure struct {
	Labels canvas.Labels
	Models []Model
}

func (r *Figure) Kind() string { return "reliability" }

const (
	reliabilityPlot = 330
	reliabilityHead = 14
	reliabilityFoot = 50
)

func (r *Figure) Height() int { return reliabilityHead + reliabilityPlot + reliabilityFoot }

func (r *Figure) xScale() canvas.Scale {
	for _, m := range r.Models {
		if slices.Min(m.Confidence) < 0.5 {
			return canvas.Scale{Min: 0, Max: 1, Step: 0.2}
		}
	}
	return canvas.Scale{Min: 0.5, Max: 1, Step: 0.1}
}

func (r *Figure) yScale() canvas.Scale { return canvas.Scale{Min: 0, Max: 1, Step: 0.2} }

// nameAtEnd tells whether the diagonal's name stands near its upper end: where all
// models' dots are in the lower half, as with many classes, it would stand among them.
func (r *Figure) nameAtEnd() bool {
	x := r.xScale()
	for _, m := range r.Models {
		if slices.Max(m.Confidence) > (x.Min+x.Max)/2 {
			return false
		}
	}
	return true
}

// dot returns the diameter of a bin's dot, its area by its part of the
// model's predictions.
func (m Model) dot(bin int) float64 {
	all := 0.0
	for _, n := range m.Count {
		all += float64(n)
	}
	return 5 + 17*math.Sqrt(float64(m.Count[bin])/all)
}

func (r *Figure) Numbers() []string {
	var out []string
	for _, m := range r.Models {
		line := m.Name + ":"
		for i := range m.Count {
			if i > 0 {
				line += ","
			}
			line += fmt.Sprintf(" %s right at confidence %s (%s predictions)", canvas.Number(m.Accuracy[i]), canvas.Number(m.Confidence[i]), canvas.Number(float64(m.Count[i])))
		}
		out = append(out, line)
	}
	return out
}
