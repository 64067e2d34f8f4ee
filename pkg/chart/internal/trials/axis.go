package trials

import (
	"math"
	"slices"

	"gonum.org/v1/plot/vg"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Axis is the axis of a parameter or of the objective. A place on it is a share, from 0 to 1.
type Axis struct {
	Name       string
	log        bool
	low, high  float64 // the ends, of a logarithmic axis their logarithms
	end        float64 // the share at high; what follows is for trials without a value and for outliers
	limit      float64 // values that are worse are outliers
	outliers   bool
	higher     bool   // of an objective: higher values are better
	rest       string // the text of what follows
	ticks      []float64
	scale      *canvas.Scale // of ticks at round numbers
	categories []string
}

const (
	// fewValues is the number of different values up to which the ticks are the values.
	fewValues = 8
	mostTicks = 7
	// valued is the part of the objective's axis for values, if there are trials without one.
	valued = 0.84
	// NoValue is the place of trials without a value.
	NoValue = 0.95
	noValue = "no value"
)

// Axis returns the axis of a parameter.
func (s *Search) Axis(parameter int) Axis {
	p := s.Parameters[parameter]
	var values []float64
	for _, t := range s.Trials {
		values = append(values, t.Values[parameter])
	}
	a := Axis{Name: p.Name, log: p.Log, end: 1, categories: p.Categories}
	a.fit(values, true)
	return a
}

// ObjectiveAxis returns the axis of the objective. Its last part is for trials without a value and for
// outliers, if there are any.
func (s *Search) ObjectiveAxis() Axis {
	a := Axis{Name: s.Objective + ", lower is better", end: 1, higher: s.Higher}
	a.limit, a.outliers = s.Limit(func(Trial) bool { return true })
	none := false
	if s.Higher {
		a.Name = s.Objective + ", higher is better"
	}
	var values []float64
	for _, t := range s.Trials {
		switch {
		case !t.Scored:
			none = true
		case !a.outliers || !s.better(a.limit, t.Value):
			values = append(values, t.Value)
		}
	}
	if values == nil { // no numbers yet
		a.end, a.rest, a.high = valued, noValue, 1
		return a
	}
	if none || a.outliers {
		a.end = valued
	}
	a.fit(values, false)
	a.nameRest(none)
	return a
}

// nameRest sets the text of the last part of the axis.
func (a *Axis) nameRest(none bool) {
	if a.rest = noValue; !a.outliers {
		return
	}
	sign, end := "> ", a.high
	if a.higher {
		sign, end = "< ", a.low
	}
	a.rest = sign + a.scale.Label(end)
	if none {
		a.rest += " or none"
	}
}

// fit sets the ends and the ticks. With own ticks, few different values are the ticks themselves.
func (a *Axis) fit(values []float64, own bool) {
	if a.categories != nil {
		return
	}
	distinct := Distinct(values)
	low, high := distinct[0], distinct[len(distinct)-1]
	switch {
	case own && len(distinct) <= fewValues:
		a.low, a.high, a.ticks = a.plain(low), a.plain(high), distinct
	case a.log:
		a.low, a.high, a.ticks = a.plain(low), a.plain(high), logTicks(low, high)
	default:
		scale := canvas.TickScale(low, high, mostTicks)
		a.low, a.high, a.ticks, a.scale = scale.Min, scale.Max, scale.Ticks(), &scale
	}
}

// Distinct returns the different values, sorted.
func Distinct(values []float64) []float64 {
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

// plain returns the number whose differences are distances on the axis.
func (a *Axis) plain(v float64) float64 {
	if a.log {
		return math.Log10(v)
	}
	return v
}

// logTicks returns 1, 2 and 5 times powers of ten between two numbers, or powers of ten alone if
// there are many; at least the two ends.
func logTicks(low, high float64) []float64 {
	for _, factors := range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
		var out []float64
		for e := math.Floor(math.Log10(low)); e <= math.Ceil(math.Log10(high)); e++ {
			for _, f := range factors {
				if v := canvas.RoundTo(f*math.Pow(10, e), canvas.AxisDigits); v >= low && v <= high {
					out = append(out, v)
				}
			}
		}
		if len(out) < 2 {
			break
		}
		if len(out) <= mostTicks || len(factors) == 1 {
			return out
		}
	}
	return []float64{low, high}
}

// Share returns the place of a value.
func (a *Axis) Share(v float64) float64 {
	if a.categories != nil {
		return (v + 0.5) / float64(len(a.categories))
	}
	if a.outliers && (a.higher && v < a.limit || !a.higher && v > a.limit) {
		return NoValue
	}
	if a.high == a.low {
		return a.end / 2
	}
	return a.end * (a.plain(v) - a.low) / (a.high - a.low)
}

// Tick is a tick with its text.
type Tick struct {
	Share float64
	Text  string
}

// tickApart is the least room between two texts, in pixels.
const tickApart = 7

// Ticks returns the ticks whose texts have room on an axis of a width in pixels.
func (a *Axis) Ticks(width int) []Tick {
	style := canvas.TextStyle(canvas.SmallPt, false, canvas.Muted)
	if a.categories != nil {
		room := vg.Length(float64(width)/float64(len(a.categories)) - tickApart)
		var out []Tick
		for i, text := range canvas.ShortenAll(a.categories, style, max(room, 14)) {
			out = append(out, Tick{a.Share(float64(i)), text})
		}
		return apart(out, width)
	}
	var out []Tick
	if a.end < 1 {
		out = append(out, Tick{NoValue, a.rest})
	}
	// The ends come before what is between them.
	order := make([]int, len(a.ticks))
	for i := range order {
		order[i] = i
	}
	if n := len(order); n > 2 {
		order = append([]int{0, n - 1}, order[1:n-1]...)
	}
	for _, i := range order {
		v := a.ticks[i]
		text := Number(v)
		if a.scale != nil {
			text = a.scale.Label(v)
		}
		out = append(out, Tick{a.Share(v), text})
	}
	return apart(out, width)
}

// apart leaves out the texts that have no room beside earlier ones.
func apart(ticks []Tick, width int) []Tick {
	style := canvas.TextStyle(canvas.SmallPt, false, canvas.Muted)
	var kept []Tick
	var spans [][2]float64
	for _, t := range ticks {
		half := style.Width(t.Text).Points()/2 + tickApart/2
		span := [2]float64{t.Share*float64(width) - half, t.Share*float64(width) + half}
		if !slices.ContainsFunc(spans, func(s [2]float64) bool { return span[0] < s[1] && s[0] < span[1] }) {
			kept, spans = append(kept, t), append(spans, span)
		}
	}
	return kept
}
