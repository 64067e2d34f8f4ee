package heatmap

import (
	"fmt"
	"math"
	"strconv"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/trials"
)

const (
	// mostCells is the number of different values up to which each has a row or a column.
	mostCells = 12
	// bins is the number of rows or columns of more values, of equal width on the parameter's scale.
	bins = 8
)

// to is between the ends of a range.
const to = " to "

// side are the rows or the columns: of a parameter, or one if there is none.
type side struct {
	Name  string
	Names []string // of the rows or columns
	cut   bool     // the names may be cut
	place func(trials.Trial) int
}

// side returns the rows or columns of a parameter; of -1 there is one without a name.
func (f *Figure) side(parameter int) side {
	if parameter < 0 {
		return side{Names: []string{""}, place: func(trials.Trial) int { return 0 }}
	}
	p := f.Parameters[parameter]
	s := side{Name: p.Name}
	if p.Categories != nil {
		s.Names, s.cut = p.Categories, true
		s.place = func(t trials.Trial) int { return int(t.Values[parameter]) }
		return s
	}
	var values []float64
	for _, t := range f.Trials {
		values = append(values, t.Values[parameter])
	}
	values = trials.Distinct(values)
	if len(values) <= mostCells {
		index := map[float64]int{}
		for i, v := range values {
			index[v] = i
			s.Names = append(s.Names, trials.Number(v))
		}
		s.place = func(t trials.Trial) int { return index[t.Values[parameter]] }
		return s
	}
	plain, back := func(v float64) float64 { return v }, func(v float64) float64 { return v }
	if p.Log {
		plain, back = math.Log, math.Exp
	}
	low, high := plain(values[0]), plain(values[len(values)-1])
	width := (high - low) / bins
	edge := func(i int) string {
		const digits = 2
		return trials.Number(canvas.RoundTo(back(low+float64(i)*width), digits))
	}
	for i := range bins {
		s.Names = append(s.Names, edge(i)+to+edge(i+1))
	}
	s.place = func(t trials.Trial) int {
		return max(0, min(bins-1, int((plain(t.Values[parameter])-low)/width)))
	}
	return s
}

// cell is a cell of the map.
type cell struct {
	row, column int
	trials      []int
	best        int     // the trial that it shows
	share       float64 // of the shade; 0 for the worst and 1 for the best finished trial
	valued      bool    // the trial is finished and has a value: the cell is shaded
}

// cells returns the cells that have a trial, row by row.
func (f *Figure) cells(columns, rows side) []cell {
	all := make([]cell, len(columns.Names)*len(rows.Names))
	for i, t := range f.Trials {
		at := rows.place(t)*len(columns.Names) + columns.place(t)
		all[at].trials = append(all[at].trials, i)
	}
	low, high := math.Inf(1), math.Inf(-1)
	var out []cell
	for at, c := range all {
		if len(c.trials) == 0 {
			continue
		}
		c.row, c.column = at/len(columns.Names), at%len(columns.Names)
		c.best = f.BestOf(c.trials)
		if t := f.Trials[c.best]; t.State == trials.Done && t.Scored {
			c.valued = true
			low, high = min(low, t.Value), max(high, t.Value)
		}
		out = append(out, c)
	}
	limit, outliers := f.Limit(func(t trials.Trial) bool { return t.State == trials.Done })
	if outliers {
		low, high = f.Within(low, limit), f.Within(high, limit)
	}
	for i := range out {
		c := &out[i]
		switch {
		case !c.valued:
		case low == high:
			c.share = 1
		default:
			c.share = canvas.RoundTo(max(0, min(1, (f.Trials[c.best].Value-low)/(high-low))), 4)
			if !f.Higher {
				c.share = canvas.RoundTo(1-c.share, 4)
			}
		}
	}
	return out
}

// large is the number from which on a value has no fixed number of decimals.
const large = 1000

// number is the value in a cell, "" without one. Those below large have the same number of decimals,
// the largest of them the given number of digits.
func (f *Figure) number(c cell, digits int) string {
	t := f.Trials[c.best]
	if !t.Scored {
		return ""
	}
	most := 0.0
	for _, t := range f.Trials {
		if t.Scored && math.Abs(t.Value) < large {
			most = max(most, math.Abs(t.Value))
		}
	}
	if most < 1e-2 || math.Abs(t.Value) >= large {
		return canvas.Number(t.Value)
	}
	decimals := digits
	for limit := 1.0; limit <= most && decimals > 0; limit *= 10 {
		decimals--
	}
	return strconv.FormatFloat(t.Value, 'f', decimals, 64)
}

// about is the second line of a cell: the state of a trial that is not finished, or the number of
// several trials.
func (f *Figure) about(c cell) string {
	if t := f.Trials[c.best]; t.State != trials.Done {
		return string(t.State)
	}
	if n := len(c.trials); n > 1 {
		return fmt.Sprintf("best of %d", n)
	}
	return ""
}

// describe describes a cell for a tooltip.
func (f *Figure) describe(c cell) string {
	text := f.Describe(c.best)
	if n := len(c.trials); n > 1 {
		text = fmt.Sprintf("best of %d trials:\n", n) + text
	}
	return text
}
