package sweep

import (
	"encoding/json"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// Method is the way in which a sweep searches.
type Method string

// The methods.
const (
	// Grid trains all combinations of the fields' values. It is the default.
	Grid Method = "grid"
	// Random trains Plan.Trials random points.
	Random Method = "random"
	// Halving is successive halving (Jamieson and Talwalkar 2016, arXiv:1502.07943): all points
	// train for MinEpochs epochs, the best of them, one in Factor, for Factor times as many, and so
	// on up to training.epochs. Each rung waits for all its trials, so that the seed decides which
	// trials are continued.
	Halving Method = "halving"
	// ASHA is asynchronous successive halving (Li et al. 2018, arXiv:1810.05934): a trial is
	// continued as soon as it is among the best of those that have finished its rung so far. No
	// worker waits, but the order in which trials end decides which are continued.
	ASHA Method = "asha"
)

// Plan describes a sweep. Equal plans are the same sweep.
type Plan struct {
	// Base is the experiment that the fields change, and the default that the best trial is
	// compared with. If the field "seed" varies, Data.Seed is set to Base's seed, so that all
	// trials have the same examples.
	Base   finetune.Experiment `json:"base"`
	Fields []Field             `json:"fields"`
	Method Method              `json:"method"` // default Grid
	// Trials is the number of points of Random, Halving and ASHA. With 0, Halving and ASHA begin
	// with the whole grid.
	Trials    int   `json:"trials,omitempty"`
	Seed      int64 `json:"seed,omitempty"`       // of the random points; default 1
	MinEpochs int   `json:"min_epochs,omitempty"` // of Halving and ASHA: epochs of the first rung; default 1
	Factor    int   `json:"factor,omitempty"`     // of Halving and ASHA: one trial in Factor is continued; default 3
}

// Field is a field of the experiment that varies: with Values, or from Low to High.
type Field struct {
	Name string `json:"name"` // path in experiment.json, such as "training.learning_rate" or "adapter.r"
	// Values are the values of the field, as in experiment.json.
	Values []any `json:"values,omitempty"`
	// Low and High are the ends of a range of numbers, from which Random, Halving and ASHA draw:
	// evenly, or with Log evenly in the logarithm. Drawn numbers have four digits.
	Low  float64 `json:"low,omitempty"`
	High float64 `json:"high,omitempty"`
	Log  bool    `json:"log,omitempty"`
}

func (f Field) isRange() bool { return f.Low != 0 || f.High != 0 || f.Log }

// halves reports whether trials pause at rungs.
func (p Plan) halves() bool { return p.Method == Halving || p.Method == ASHA }

// withDefaults writes the defaults out and checks the plan without its experiments.
func (p Plan) withDefaults() (Plan, error) {
	settings.Default(&p.Method, Grid)
	problem := func(format string, v ...any) (Plan, error) {
		return p, fmt.Errorf("sweep: "+format, v...)
	}
	switch p.Method {
	case Grid, Random, Halving, ASHA:
	default:
		return problem("the method is %q, expected %q, %q, %q or %q", p.Method, Grid, Random, Halving, ASHA)
	}
	if len(p.Fields) == 0 {
		return problem("no field varies: expected at least one, such as training.learning_rate")
	}
	if p.Trials < 0 || p.MinEpochs < 0 || p.Factor < 0 {
		return problem("trials %d, min_epochs %d and factor %d: expected no negative number", p.Trials, p.MinEpochs, p.Factor)
	}
	if p.Method == Grid && (p.Trials != 0 || p.Seed != 0) {
		return problem("trials and seed have no effect on a grid: leave them out, or use the method %q", Random)
	}
	if p.Method == Random && p.Trials == 0 {
		return problem("the method %q needs the number of trials", Random)
	}
	if !p.halves() && (p.MinEpochs != 0 || p.Factor != 0) {
		return problem("min_epochs and factor have no effect on the method %q: leave them out, or use %q or %q", p.Method, Halving, ASHA)
	}
	if p.halves() {
		settings.Default(&p.MinEpochs, 1)
		settings.Default(&p.Factor, 3)
		if p.Factor < 2 {
			return problem("factor is %d, expected at least 2", p.Factor)
		}
	}
	if p.Trials > 0 {
		settings.Default(&p.Seed, 1)
	}
	seen := map[string]bool{}
	for _, f := range p.Fields {
		kind, err := fieldType(f.Name)
		if err != nil {
			return p, err
		}
		switch {
		case seen[f.Name]:
			return problem("the field %s is named twice", f.Name)
		case len(f.Values) > 0 && f.isRange():
			return problem("the field %s has values and a range, expected one of them", f.Name)
		case len(f.Values) == 0 && !f.isRange():
			return problem("the field %s has no values and no range", f.Name)
		case f.isRange() && p.Trials == 0:
			return problem("the field %s has a range, from which a grid cannot take all values: give values, or a number of trials and the method %q", f.Name, Random)
		case f.isRange() && !isNumber(kind):
			return problem("the field %s has a range, but it is no number: give values", f.Name)
		case f.isRange() && (!(f.Low < f.High) || math.IsInf(f.Low, 0) || math.IsInf(f.High, 0)):
			return problem("the field %s has the range from %v to %v, expected a lower and a higher number", f.Name, f.Low, f.High)
		case f.Log && f.Low <= 0:
			return problem("the field %s has the logarithmic range from %v, expected more than 0", f.Name, f.Low)
		case p.halves() && f.Name == "training.epochs":
			return problem("the field training.epochs cannot vary with the method %q, whose rungs are epochs", p.Method)
		}
		seen[f.Name] = true
	}
	if seen["seed"] && p.Base.Data.Seed == 0 && !seen["data.seed"] {
		base, err := p.Base.WithDefaults()
		if err != nil {
			return p, err
		}
		p.Base.Data.Seed = base.Seed
	}
	return p, nil
}

// rungs returns the epochs at which trials pause, without the end. epochs is the number of epochs of
// the whole training.
func (p Plan) rungs(epochs int) []int {
	var list []int
	if p.halves() {
		for e := p.MinEpochs; e < epochs; e *= p.Factor {
			list = append(list, e)
		}
	}
	return list
}

// planned is a trial of the plan.
type planned struct {
	number     int
	key        string
	settings   []Setting
	experiment finetune.Experiment // without defaults
	json       json.RawMessage
	rungs      []int // epochs at which it pauses; none for the default
}

// Setting is the value of a field in a trial, as JSON.
type Setting struct {
	Name  string          `json:"name"`
	Value json.RawMessage `json:"value"`
}

// trials returns the default, number 0, and the points of the plan. All their experiments are
// valid. Of equal experiments there is one.
func (p Plan) trials() ([]planned, error) {
	points, err := p.points()
	if err != nil {
		return nil, err
	}
	var list []planned
	seen := map[string]bool{}
	for _, point := range append([][]Setting{nil}, points...) {
		t := planned{number: len(list), settings: point}
		if t.experiment, t.json, err = apply(p.Base, point); err != nil {
			return nil, err
		}
		if t.key, err = queue.Key(t.experiment); err != nil {
			return nil, err
		}
		if t.number > 0 && p.halves() {
			full, err := t.experiment.WithDefaults()
			if err != nil {
				return nil, err
			}
			t.rungs = p.rungs(full.Training.Epochs)
		}
		if !seen[t.key] {
			seen[t.key] = true
			list = append(list, t)
		}
	}
	if len(list) == 1 {
		return nil, fmt.Errorf("sweep: the only trial is the default: give a field another value")
	}
	return list, nil
}
