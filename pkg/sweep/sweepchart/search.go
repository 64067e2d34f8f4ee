package sweepchart

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/sweep"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// Search returns the trials of a sweep in the folder dir for the charts of package chart, such as a
// heat map of other fields:
//
//	search, err := sweepchart.Search(dir, plan, result.Trials)
//	c, err := chart.HeatMap(chart.Labels{Title: "Loss"}, search, "adapter.r", "model")
//
// Each field of the plan is a parameter: of numbers, if all values are; logarithmic if it was drawn
// so, or if its values are above 0 and the largest is at least 8 times the smallest; otherwise of the
// values as text. The objective is the criterion by which the sweep orders the trials, on the
// validation examples. That of a paused trial is its best value so far.
func Search(dir string, p sweep.Plan, trials []sweep.Trial) (chart.Search, error) {
	return new(reader).search(dir, p, trials)
}

// criterion is the number that orders the trials.
type criterion struct {
	name   string
	higher bool
	factor float64
	metric string // in Metrics; "" for the loss or the accuracy
}

func criterionOf(p sweep.Plan) criterion {
	switch by := p.Base.Training.MetricForBestModel; by {
	case objective.ByLoss, "loss", objective.Last:
		name := "validation loss, nats"
		if p.Base.Task == data.Regression {
			name = "validation loss, squared error"
		}
		return criterion{name: name, factor: 1}
	case objective.ByAccuracy:
		return criterion{name: "validation accuracy, %", higher: true, factor: 100}
	default:
		return criterion{name: "validation " + strings.ReplaceAll(string(by), "_", " "), higher: by != objective.ByMAE, factor: 1, metric: string(by)}
	}
}

// value returns the criterion's value of an evaluation; nil if it is undefined.
func (c criterion) value(loss, accuracy float64, metrics map[string]float64) *float64 {
	v := loss
	switch {
	case c.metric != "":
		var defined bool
		if v, defined = metrics[c.metric]; !defined {
			return nil
		}
	case c.higher:
		v = accuracy
	}
	v *= c.factor
	return &v
}

// curve is a learning curve.
type curve struct{ x, y []float64 }

// reader reads the trials of a sweep, and the history of each finished one once.
type reader struct{ curves map[string]curve }

func (r *reader) search(dir string, p sweep.Plan, trials []sweep.Trial) (chart.Search, error) {
	by := criterionOf(p)
	s := chart.Search{Objective: by.name, Higher: by.higher}
	values := make([][]json.RawMessage, len(trials))
	for i, t := range trials {
		var err error
		if values[i], err = p.Values(t); err != nil {
			return s, err
		}
		drawn := chart.Trial{Name: fmt.Sprintf("trial %d", t.Number), State: chart.TrialState(t.State), Default: t.Number == 0, Note: note(t)}
		for _, rung := range t.Rungs {
			if v := by.value(rung.Loss, rung.Accuracy, rung.Metrics); v != nil {
				drawn.X, drawn.Y = append(drawn.X, float64(rung.Epochs)), append(drawn.Y, *v)
				drawn.Value = v
			}
		}
		if t.State == queue.Done {
			if drawn.Value = nil; t.Result.Diverged == "" {
				drawn.Value = by.value(t.Result.Loss, t.Result.Accuracy, t.Result.Metrics)
			}
			if drawn.Value == nil {
				drawn.State = chart.TrialDiverged
			}
		}
		if t.Dir != "" {
			c, err := r.history(filepath.Join(dir, t.Dir), by)
			if err != nil {
				return s, err
			}
			drawn.X, drawn.Y = c.x, c.y
		}
		s.Trials = append(s.Trials, drawn)
	}
	for i, f := range p.Fields {
		column := make([]json.RawMessage, len(trials))
		for j := range trials {
			column[j] = values[j][i]
		}
		parameter, places := axis(f, column)
		s.Parameters = append(s.Parameters, parameter)
		for j, v := range places {
			s.Trials[j].Values = append(s.Trials[j].Values, v)
		}
	}
	return s, nil
}

// history reads the learning curve of a finished trial: the criterion over the epochs.
func (r *reader) history(dir string, by criterion) (curve, error) {
	if c, known := r.curves[dir]; known {
		return c, nil
	}
	folder, err := runfolder.Open(filepath.Split(dir))
	if err != nil {
		return curve{}, err
	}
	lines, err := folder.ReadHistory()
	if err != nil {
		return curve{}, err
	}
	var c curve
	for _, line := range lines {
		if v := by.value(line.Loss, line.Accuracy, line.Metrics); line.Kind == runfolder.EvalLine && v != nil {
			c.x, c.y = append(c.x, line.Epoch), append(c.y, *v)
		}
	}
	if r.curves == nil {
		r.curves = map[string]curve{}
	}
	r.curves[dir] = c
	return c, nil
}

// note describes the main metric of a trial with its interval, and what became of it.
func note(t sweep.Trial) string {
	switch {
	case t.State == queue.Parked && len(t.Failures) > 0:
		line, _, _ := strings.Cut(t.Failures[len(t.Failures)-1], "\n")
		return fmt.Sprintf("parked after %d failures: %s", len(t.Failures), line)
	case t.State == queue.Done && t.Result.Diverged != "":
		return t.Result.Diverged
	case t.State == queue.Paused && len(t.Rungs) > 0:
		return "trained for " + epochs(t.Rungs[len(t.Rungs)-1].Epochs)
	case t.Score != nil:
		return t.Score.String() + " (95 % interval), " + fmt.Sprintf("best step %d of %d", t.Result.BestStep, t.Result.Steps)
	}
	return ""
}

func epochs(n int) string {
	if n == 1 {
		return "1 epoch"
	}
	return strconv.Itoa(n) + " epochs"
}

// logarithmic is the ratio of the largest to the smallest value from which on an axis of values is
// logarithmic.
const logarithmic = 8

// axis returns the parameter of a field and the places of its values on it.
func axis(f sweep.Field, values []json.RawMessage) (chart.Parameter, []float64) {
	p := chart.Parameter{Name: f.Name}
	if places, numbers := numbersOf(values); numbers {
		low, high := slices.Min(places), slices.Max(places)
		p.Log = low > 0 && (f.Log || len(f.Values) > 0 && high >= logarithmic*low)
		return p, places
	}
	for _, v := range append(fieldValues(f), values...) { // in the order of the plan
		if name := category(v); !slices.Contains(p.Categories, name) {
			p.Categories = append(p.Categories, name)
		}
	}
	used := map[string]bool{}
	for _, v := range values {
		used[category(v)] = true
	}
	p.Categories = slices.DeleteFunc(p.Categories, func(name string) bool { return !used[name] })
	places := make([]float64, len(values))
	for i, v := range values {
		places[i] = float64(slices.Index(p.Categories, category(v)))
	}
	return p, places
}

func fieldValues(f sweep.Field) (out []json.RawMessage) {
	for _, v := range f.Values {
		if text, err := json.Marshal(v); err == nil {
			out = append(out, text)
		}
	}
	return out
}

// numbersOf returns the values if at least one is a number, and the others are numbers or left out,
// which stands for 0.
func numbersOf(values []json.RawMessage) (out []float64, numbers bool) {
	for _, v := range values {
		var x *float64
		if err := json.Unmarshal(v, &x); err != nil {
			return nil, false
		}
		if x == nil {
			out = append(out, 0)
			continue
		}
		out, numbers = append(out, *x), true
	}
	return out, numbers
}

// category writes a value that is no number.
func category(v json.RawMessage) string {
	var text string
	if json.Unmarshal(v, &text) == nil && text != "" {
		return text
	}
	var list []any
	if json.Unmarshal(v, &list) == nil && len(list) > 0 {
		var words []string
		for _, x := range list {
			words = append(words, fmt.Sprint(x))
		}
		return strings.Join(words, ", ")
	}
	if s := string(v); s != "null" && s != `""` && s != "[]" {
		return s
	}
	return "none"
}
