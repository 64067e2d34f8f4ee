package trials

import (
	"image/color"
	"slices"
	"strconv"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
)

// Class is the look of trials of one kind.
type Class struct {
	Name   string
	Words  color.NRGBA // of the name in a key
	Colour color.NRGBA
	Mark   canvas.Mark
	Width  float64 // of the line, in pixels
}

// Names of classes that are no states.
const (
	DefaultName = "default"
	BestName    = "best"
)

// The classes, those in front last.
var (
	waiting  = Class{"waiting", canvas.Muted, canvas.Faint, canvas.Mark{Symbol: "circle"}, 1}
	paused   = Class{"paused", canvas.Palette[4], canvas.Palette[4], canvas.Mark{Symbol: "circle", Dashes: []float64{4, 3}}, 1}
	parked   = Class{"parked", canvas.Palette[3], canvas.Palette[3], canvas.Mark{Symbol: "circle", Dashes: []float64{10, 3, 2, 3}}, 1.5}
	diverged = Class{"diverged", canvas.Palette[5], canvas.Palette[5], canvas.Mark{Symbol: "circle", Dashes: []float64{14, 4}}, 1.5}
	running  = Class{"running", canvas.Palette[2], canvas.Palette[2], canvas.Mark{Symbol: "circle", Dashes: []float64{2, 3}}, 1.5}
	done     = Class{"done", canvas.Palette[0], canvas.Palette[0], canvas.Mark{Symbol: "circle"}, 1.5}
	standard = Class{DefaultName, canvas.Ink, canvas.Ink, canvas.Mark{Symbol: "circle", Dashes: []float64{7, 3}}, 2.5}
	best     = Class{BestName, canvas.Palette[1], canvas.Palette[1], canvas.Mark{Symbol: "circle"}, 3}

	classes = []Class{waiting, paused, parked, diverged, running, done, standard, best}
)

const (
	// weakest is the tint of the worst finished trial; the best one has 1.
	weakest = 0.25
	// manyTrials is the number of trials from which on lines are thinner.
	manyTrials = 100
	thinLine   = 0.7
)

// Looks returns the class of each trial. The better a finished trial is, the stronger its blue.
func (s *Search) Looks() []Class {
	out := make([]Class, len(s.Trials))
	ranks, first := s.Ranks(), s.Best()
	for i, t := range s.Trials {
		switch {
		case i == first:
			out[i] = best
		case t.Default && (t.State == Done || t.State == Paused):
			out[i] = standard
		case t.State == Done:
			out[i] = done
			out[i].Colour = canvas.TintStep(weakest + (1-weakest)*ranks[i]*ranks[i]) // few are strong
		default:
			out[i] = classes[slices.IndexFunc(classes, func(c Class) bool { return c.Name == string(t.State) })]
		}
		if len(s.Trials) >= manyTrials && out[i].Width < standard.Width {
			out[i].Width = thinLine
		}
	}
	return out
}

// Order returns the numbers of the trials from the back of the picture to its front.
func (s *Search) Order(looks []Class) []int {
	ranks := s.Ranks()
	order := make([]int, len(s.Trials))
	for i := range order {
		order[i] = i
	}
	place := func(i int) int {
		return slices.IndexFunc(classes, func(c Class) bool { return c.Name == looks[i].Name })
	}
	slices.SortStableFunc(order, func(i, j int) int {
		if d := place(i) - place(j); d != 0 {
			return d
		}
		switch {
		case ranks[i] < ranks[j]:
			return -1
		case ranks[i] > ranks[j]:
			return 1
		}
		return 0
	})
	return order
}

// Entries are the key of the classes of the trials that are drawn, the most important first, each
// with its number of trials; of the best one and the default with the value.
func (s *Search) Entries(looks []Class, drawn func(i int) bool) []canvas.Entry {
	var out []canvas.Entry
	for _, c := range slices.Backward(classes) {
		count, last := 0, 0
		for i := range s.Trials {
			if looks[i].Name == c.Name && drawn(i) {
				count, last = count+1, i
			}
		}
		if count == 0 {
			continue
		}
		e := canvas.Entry{Name: c.Name + ":", Value: strconv.Itoa(count), Colour: c.Words, Mark: c.Mark, Line: c.Colour}
		if t := s.Trials[last]; c.Name == best.Name || c.Name == standard.Name {
			e.Name = c.Name + ", " + t.Name
			if t.Default {
				e.Name = "the default"
				if c.Name == best.Name {
					e.Name = "best, the default"
				}
			}
			e.Value = ""
			if t.Scored {
				e.Name, e.Value = e.Name+":", Value(t.Value)
			}
		}
		out = append(out, e)
	}
	return out
}
