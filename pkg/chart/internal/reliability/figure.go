package reliability

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Model is the bins of a model. Low and High are the ends of the interval of each accuracy,
// or nil.
type Model struct {
	Name                 string
	Confidence, Accuracy []float64
	Count                []int
	Low, High            []float64 `json:",omitempty"`
}

// Figure is the figure behind [chart.Reliability].
type Figure struct {
	Labels canvas.Labels
	Models []Model
}

// Kind is the name in identifiers and errors.
func (r *Figure) Kind() string { return "reliability" }

func (r *Figure) xScale() canvas.Scale {
	for _, m := range r.Models {
		if slices.Min(m.Confidence) < 0.5 {
			return canvas.Scale{Min: 0, Max: 1, Step: 0.2}
		}
	}
	return canvas.Scale{Min: 0.5, Max: 1, Step: 0.1}
}

// describe describes a bin in words.
func (m Model) describe(bin int) string {
	number := canvas.Number
	text := fmt.Sprintf("%s right at confidence %s (%s predictions", number(m.Accuracy[bin]), number(m.Confidence[bin]), number(float64(m.Count[bin])))
	if m.Count[bin] == 1 {
		text = text[:len(text)-1]
	}
	if m.Low != nil {
		text += fmt.Sprintf(", interval %s to %s", number(m.Low[bin]), number(m.High[bin]))
	}
	return text + ")"
}

// Numbers describes each model in words.
func (r *Figure) Numbers() []string {
	var out []string
	for _, m := range r.Models {
		line := m.Name + ":"
		for i := range m.Count {
			if i > 0 {
				line += ","
			}
			line += " " + m.describe(i)
		}
		out = append(out, line)
	}
	return out
}
