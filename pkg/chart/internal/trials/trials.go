// Package trials holds the parts that the charts of a search over hyperparameters share: trials,
// states, colours, marks, and the axes of the parameters.
package trials

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// State is the state of a trial.
type State string

// The states of a trial.
const (
	Waiting  State = "waiting"
	Running  State = "running"
	Paused   State = "paused"
	Done     State = "done"
	Parked   State = "parked"
	Diverged State = "diverged"
)

// States are all states.
var States = []State{Waiting, Running, Paused, Done, Parked, Diverged}

// Parameter is a hyperparameter of the search.
type Parameter struct {
	Name       string
	Log        bool
	Categories []string // names of the values 0, 1, …; nil for numbers
}

// Trial is a point of the search.
type Trial struct {
	Name    string
	State   State
	Values  []float64 // of each parameter
	Value   float64   // of the objective, if it has one
	Scored  bool      // it has a value
	Default bool
	Note    string // in a tooltip, below the parameters
	X, Y    []float64
}

// Search are the trials over their parameters.
type Search struct {
	Labels     canvas.Labels
	Parameters []Parameter
	Objective  string
	Higher     bool // a higher value is better
	Trials     []Trial
}

// better reports whether the value a is better than b.
func (s *Search) better(a, b float64) bool {
	if s.Higher {
		return a > b
	}
	return a < b
}

// rank is smaller for trials that come before others: finished ones, others with a value, those
// without.
func (t Trial) rank() int {
	switch {
	case t.State == Done && t.Scored:
		return 0
	case t.Scored:
		return 1
	case t.State != Waiting:
		return 2
	}
	return 3
}

// compare returns a negative number if trial i comes before trial j, the best first, and 0 if
// their order is that of the search.
func (s *Search) compare(i, j int) int {
	a, b := s.Trials[i], s.Trials[j]
	switch {
	case a.rank() != b.rank():
		return a.rank() - b.rank()
	case a.Scored && s.better(a.Value, b.Value):
		return -1
	case a.Scored && s.better(b.Value, a.Value):
		return 1
	}
	return 0
}

// BestOf returns the first of some trials in the order best first.
func (s *Search) BestOf(some []int) int { return slices.MinFunc(some, s.compare) }

// Best returns the number of the finished trial with the best value; -1 if there is none.
func (s *Search) Best() int {
	best := -1
	for i, t := range s.Trials {
		if t.rank() == 0 && (best < 0 || s.compare(i, best) < 0) {
			best = i
		}
	}
	return best
}

// Ranks returns for each finished trial with a value its share of the others that are worse, 0 for
// the worst and 1 for the best one.
func (s *Search) Ranks() []float64 {
	out := make([]float64, len(s.Trials))
	var values []float64
	for _, t := range s.Trials {
		if t.State == Done && t.Scored {
			values = append(values, t.Value)
		}
	}
	slices.Sort(values)
	for i, t := range s.Trials {
		if t.State != Done || !t.Scored {
			continue
		}
		out[i] = 1
		if n := len(values); n > 1 {
			at, _ := slices.BinarySearch(values, t.Value)
			out[i] = float64(at) / float64(n-1)
			if !s.Higher {
				out[i] = 1 - out[i]
			}
		}
	}
	return out
}

// Write writes the value of a parameter.
func (p Parameter) Write(v float64) string {
	if p.Categories != nil {
		return p.Categories[int(v)]
	}
	return Number(v)
}

// Number writes the value of a parameter with up to 6 digits.
func Number(v float64) string {
	const digits = 6
	return strconv.FormatFloat(canvas.RoundTo(v, digits), 'g', -1, 64)
}

// Value writes a value of the objective with 4 digits, since trials differ by little.
func Value(v float64) string {
	const digits = 4
	return strconv.FormatFloat(canvas.RoundTo(v, digits), 'g', -1, 64)
}

// Describe describes a trial for a tooltip, a line for each parameter.
func (s *Search) Describe(i int) string {
	t := s.Trials[i]
	lines := []string{t.title()}
	for j, p := range s.Parameters {
		lines = append(lines, p.Name+": "+p.Write(t.Values[j]))
	}
	if t.Scored {
		lines = append(lines, s.Objective+": "+Value(t.Value))
	}
	if t.Note != "" {
		lines = append(lines, t.Note)
	}
	return strings.Join(lines, "\n")
}

// title is the name of a trial and its state.
func (t Trial) title() string {
	text := t.Name
	if t.Default && !strings.Contains(text, "default") {
		text += ", the default"
	}
	return text + " (" + string(t.State) + ")"
}

// mostTold is the number of trials that Numbers describes.
const mostTold = 20

// Numbers describes the trials in words, the best first: a line for each of at most 20.
func (s *Search) Numbers() []string {
	order := make([]int, len(s.Trials))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, s.compare)
	var out []string
	for _, i := range order[:min(mostTold, len(order))] {
		out = append(out, strings.ReplaceAll(s.Describe(i), "\n", "; "))
	}
	if n := len(order) - mostTold; n > 0 {
		out = append(out, fmt.Sprintf("and %d more trials", n))
	}
	return out
}
