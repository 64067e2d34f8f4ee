package chart

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart/internal/canvas"
	"github.com/lorabook/lorabook/pkg/chart/internal/heatmap"
	"github.com/lorabook/lorabook/pkg/chart/internal/parallel"
	"github.com/lorabook/lorabook/pkg/chart/internal/trialcurves"
	"github.com/lorabook/lorabook/pkg/chart/internal/trials"
)

// Search are the trials of a search over hyperparameters, for [Parallel], [HeatMap] and
// [TrialCurves].
type Search struct {
	// Parameters are the hyperparameters that vary; at least one.
	Parameters []Parameter
	// Objective is the number that the search optimizes, such as "validation loss". Required.
	Objective string
	// Higher reports that a higher value of the objective is better; by default a lower one is.
	Higher bool
	// Trials are at least one.
	Trials []Trial
}

// Parameter is a hyperparameter of a [Search].
type Parameter struct {
	// Name is the name with its unit, as "learning rate". Required, unique in the search.
	Name string
	// Log makes the axis logarithmic; all values are then above 0.
	Log bool
	// Categories are the names of values that are no numbers, such as models: a trial has the index
	// of its category as the value. Nil means numbers.
	Categories []string
}

// TrialState is the state of a trial.
type TrialState string

// The states of a trial.
const (
	TrialWaiting  TrialState = "waiting"  // it was not started
	TrialRunning  TrialState = "running"  // it trains
	TrialPaused   TrialState = "paused"   // it was trained in part, and is not continued so far
	TrialDone     TrialState = "done"     // it was trained to its end
	TrialParked   TrialState = "parked"   // it was given up after errors
	TrialDiverged TrialState = "diverged" // its training has no result
)

// Trial is a trial of a [Search].
type Trial struct {
	// Name is required and unique in the search, as "trial 7".
	Name  string
	State TrialState
	// Values are those of the parameters, in their order.
	Values []float64
	// Value is the objective's value; nil if there is none. A paused trial has the value of its
	// training so far.
	Value *float64
	// Default marks the trial that the others are compared with.
	Default bool
	// Note is a line of the tooltip, such as another metric with its interval.
	Note string
	// X and Y are the learning curve: the objective over the training, X never decreasing.
	X, Y []float64
}

// Limits of a search.
const (
	mostParameters = 12
	mostTrials     = 2000
	mostCategories = 40
)

// Parallel draws parallel coordinates: an axis for each parameter and one for the objective, one
// below the other, and a line through them for each trial. The better a finished trial is, the
// stronger the blue of its line; the best one and the default have colours of their own, and so have
// the states: waiting, running, paused, parked and diverged trials are dashed or pale. The lines of trials without
// a value end beside the axis of the objective, and so do outliers: values that are more than 20 times
// as far from the best one as the others extend, as those of a much too large learning rate. A tooltip has all values of a trial, and its line
// moves to the front under the pointer.
//
// Up to 8 different numbers of a parameter are the ticks of its axis; more have round ones.
// Labels.X and Labels.Y are not used. Parameters are at most 12, trials at most 2,000. Invalid data
// are a [*DataError].
func Parallel(labels Labels, search Search) (Chart, error) {
	s, err := search.check("parallel", &labels)
	if err != nil {
		return Chart{}, err
	}
	return newChart(labels, &parallel.Figure{Search: s}, search)
}

// HeatMap draws the objective over two parameters, x to the right and y downwards, or over one if y
// is "". A cell shows the value of the best of its trials, a finished one if there is one; the better,
// the stronger its blue. A cell without a finished trial is grey and names the state. Cells of the best trial
// and of the default are outlined. Where cells have no room for numbers, the colours are stronger
// and tooltips have the numbers. Outliers, as in [Parallel], are as pale as the worst other trial.
//
// Up to 12 different numbers of a parameter have a row or column each, more are divided into 8
// ranges of equal width, of a logarithmic parameter in the logarithm. Labels.X and Labels.Y are
// not used. Limits are those of [Parallel]. Invalid data are a [*DataError].
func HeatMap(labels Labels, search Search, x, y string) (Chart, error) {
	s, err := search.check("heatmap", &labels)
	if err != nil {
		return Chart{}, err
	}
	f := &heatmap.Figure{Search: s, Y: -1}
	for _, side := range []struct {
		name  string
		index *int
	}{{x, &f.X}, {y, &f.Y}} {
		if side.name == "" && side.index == &f.Y {
			continue
		}
		*side.index = slices.IndexFunc(s.Parameters, func(p trials.Parameter) bool { return p.Name == oneLine(side.name) })
		if *side.index < 0 {
			return Chart{}, &DataError{labels.Title, fmt.Sprintf("parameter %q", side.name), fmt.Sprintf("is none of the search, which has %q", parameterNames(s))}
		}
	}
	if f.X == f.Y {
		return Chart{}, &DataError{labels.Title, fmt.Sprintf("parameter %q", x), "is that of the rows and of the columns, expected two"}
	}
	return newChart(labels, f, []any{search, x, y})
}

// TrialCurves draws the learning curves of all trials over a common x axis, which Labels.X names: the
// objective on the validation examples over the epochs. The colours are those of [Parallel]. The
// curve of a paused trial ends where its training did. Outliers, as in [Parallel], lie on the rim;
// their tooltips have the values. Trials without a point are not drawn; one at
// least has one. Labels.Y is not used. Limits are those of [Parallel]. Invalid data are a
// [*DataError].
func TrialCurves(labels Labels, search Search) (Chart, error) {
	s, err := search.check("trialcurves", &labels)
	if err != nil {
		return Chart{}, err
	}
	if !slices.ContainsFunc(s.Trials, func(t trials.Trial) bool { return len(t.X) > 0 }) {
		return Chart{}, &DataError{labels.Title, "trials", "have no point, expected one at least"}
	}
	s.Labels = canvas.Labels(labels)
	return newChart(labels, &trialcurves.Figure{Search: s}, search)
}

func parameterNames(s trials.Search) (names []string) {
	for _, p := range s.Parameters {
		names = append(names, p.Name)
	}
	return names
}

// mostCurvePoints is the number of points of a learning curve that are drawn.
const mostCurvePoints = 100

// check returns a cleaned copy, and cleans the labels.
func (s Search) check(kind string, labels *Labels) (out trials.Search, err error) {
	*labels = labels.clean()
	if err := labels.check(kind); err != nil {
		return out, err
	}
	wrong := func(part, format string, values ...any) (trials.Search, error) {
		return out, &DataError{labels.Title, part, fmt.Sprintf(format, values...)}
	}
	out = trials.Search{Objective: oneLine(s.Objective), Higher: s.Higher}
	if out.Objective == "" {
		return wrong("objective", "is empty, expected the name of the number that the search optimizes")
	}
	for _, p := range s.Parameters {
		q := trials.Parameter{Name: oneLine(p.Name), Log: p.Log}
		for _, c := range p.Categories {
			q.Categories = append(q.Categories, oneLine(c))
		}
		out.Parameters = append(out.Parameters, q)
	}
	if err := checkNames(labels.Title, "parameters", parameterNames(out), mostParameters); err != nil {
		return out, err
	}
	for _, p := range out.Parameters {
		if p.Categories == nil {
			continue
		}
		part := fmt.Sprintf("parameter %q", p.Name)
		if p.Log {
			return wrong(part, "has categories and a logarithmic axis, expected one of them")
		}
		if err := checkNames(labels.Title, part+", categories", p.Categories, mostCategories); err != nil {
			return out, err
		}
	}
	var names []string
	for _, t := range s.Trials {
		u := trials.Trial{Name: oneLine(t.Name), State: trials.State(t.State), Values: slices.Clone(t.Values), Default: t.Default, Note: oneLine(t.Note)}
		if t.Value != nil {
			u.Value, u.Scored = *t.Value, true
		}
		names = append(names, u.Name)
		part := fmt.Sprintf("trial %q", u.Name)
		if err := t.check(labels.Title, part, out); err != nil {
			return out, err
		}
		u.X, u.Y = canvas.Thin(t.X, t.Y, mostCurvePoints)
		u.X, u.Y = slices.Clone(u.X), slices.Clone(u.Y)
		out.Trials = append(out.Trials, u)
	}
	return out, checkNames(labels.Title, "trials", names, mostTrials)
}

func (t Trial) check(title, part string, s trials.Search) error {
	wrong := func(part, format string, values ...any) error {
		return &DataError{title, part, fmt.Sprintf(format, values...)}
	}
	if !slices.Contains(trials.States, trials.State(t.State)) {
		return wrong(part+", state", "is %q, expected one of %q", t.State, trials.States)
	}
	if len(t.Values) != len(s.Parameters) {
		return wrong(part+", values", "are %d for %d parameters, expected one of each", len(t.Values), len(s.Parameters))
	}
	if err := checkNumbers(title, part+", values", t.Values); err != nil {
		return err
	}
	for i, v := range t.Values {
		p := s.Parameters[i]
		if n := len(p.Categories); n > 0 && (v != float64(int(v)) || v < 0 || int(v) >= n) {
			return wrong(fmt.Sprintf("%s, values[%d]", part, i), "is %v, expected the index of one of the %d categories of %q", v, n, p.Name)
		}
		if p.Log && v <= 0 {
			return wrong(fmt.Sprintf("%s, values[%d]", part, i), "is %v, expected more than 0 for the logarithmic axis of %q", v, p.Name)
		}
	}
	if t.Value != nil {
		if err := checkNumber(title, part+", value", *t.Value); err != nil {
			return err
		}
	} else if t.State == TrialDone {
		return wrong(part+", value", "is missing, expected that of a finished trial")
	}
	if len(t.X) != len(t.Y) {
		return wrong(part, "has %d x and %d y, expected both for each point", len(t.X), len(t.Y))
	}
	if err := checkNumbers(title, part+", x", t.X); err != nil {
		return err
	}
	if err := checkNumbers(title, part+", y", t.Y); err != nil {
		return err
	}
	for i := 1; i < len(t.X); i++ {
		if t.X[i] < t.X[i-1] {
			return backwards(title, part, i, t.X[i-1], t.X[i])
		}
	}
	return nil
}
