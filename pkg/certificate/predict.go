package certificate

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// DefaultBound returns the largest accepted difference of an output from the certified one on another
// engine, processor, number of cores or version: of a logit or a regression's number relative to the
// larger of 1 and its value, or of the probability of a tag. Such machines round differently, by as
// much as an adapter and its merged weights: it is [classify.MergedBound], 1e-3 or in bfloat16 0.1.
func DefaultBound(p precision.Precision) float64 { return classify.MergedBound(p) }

// predictions computes predictions again from the trained weights.
func (v *verification) predictions(ctx context.Context) {
	name := "predictions, computed again from the trained weights"
	switch {
	case v.options.Predict == 0:
		v.unchecked(name, "not asked for: --predict N computes those of N test examples, --predict -1 all")
		return
	case !v.dataAgree || !v.modelAgree:
		v.unchecked(name, "the data and the model must be on this machine and agree")
		return
	case v.measured == nil:
		v.unchecked(name, "the certified predictions cannot be read")
		return
	}
	found, err := v.run.PredictTest(ctx, v.options.Predict, v.options.Seed)
	if err != nil {
		v.unchecked(name, err.Error())
		return
	}
	certified, err := rowsOf(v.measured.predictions, found.IDs())
	if err != nil {
		v.differs(name, "predictions for the same examples", err.Error(), "the predictions are not those of the test examples")
		return
	}
	d := compareOutputs(certified, found)
	name = fmt.Sprintf("%s: %s of %s test examples", name, numerals.Count(found.Len()), numerals.Count(v.measured.Examples))
	bound := v.options.Bound
	if bound == 0 {
		bound = DefaultBound(v.run.Experiment.Training.Precision)
	}
	reasons := otherMachine(v.Certificate.Environment, runfolder.CurrentEnvironment(v.run.Engine()))
	text := fmt.Sprintf("largest difference of an output %.3g, %s answers differ", d.largest, numerals.Count(d.answers))
	switch {
	case d.identical:
		v.agrees("identical to the bit", "%s", name)
	case len(reasons) == 0:
		v.differs(name, "the same outputs to the bit, on the engine, processor, number of cores and revision of the run", text,
			"the trained weights do not give these predictions; a run that was continued on another machine records the first one only")
	case d.largest > bound:
		v.differs(name, fmt.Sprintf("outputs within %.3g", bound), text,
			"more than machines differ by ("+strings.Join(reasons, "; ")+"): the trained weights do not give these predictions")
	default:
		v.agrees(fmt.Sprintf("%s, within the bound of %.3g for another machine (%s)", text, bound, strings.Join(reasons, "; ")), "%s", name)
	}
}

// rowsOf returns the predictions of the examples with these ids.
func rowsOf(p *classify.TaskPredictions, ids []string) (*classify.TaskPredictions, error) {
	at := make(map[string]int, p.Len())
	for i, id := range p.IDs() {
		at[id] = i
	}
	rows := make([]int, len(ids))
	for i, id := range ids {
		row, known := at[id]
		if !known {
			return nil, fmt.Errorf("the example %q has no certified prediction", id)
		}
		rows[i] = row
	}
	return p.Select(rows...), nil
}

// difference is that of two sets of predictions for the same examples.
type difference struct {
	identical bool
	largest   float64 // of an output
	answers   int     // examples with another answer
}

// compareOutputs compares predictions of one task for the same examples in the same order.
func compareOutputs(certified, found *classify.TaskPredictions) difference {
	d := difference{identical: true}
	add := func(a, b, scale float64) {
		if math.Float64bits(a) == math.Float64bits(b) {
			return
		}
		d.identical = false
		by := math.Abs(a-b) / scale
		if math.IsNaN(by) {
			by = math.Inf(1)
		}
		d.largest = max(d.largest, by)
	}
	if certified.Tags != nil && found.Tags != nil {
		a, b := certified.Tags, found.Tags
		for i := range a.Answers {
			if !slices.Equal(a.Answers[i], b.Answers[i]) {
				d.answers++
				d.identical = false
			}
			for word := range min(len(a.Answers[i]), len(b.Answers[i])) {
				if a.Probabilities != nil && b.Probabilities != nil && a.Answers[i][word] == b.Answers[i][word] {
					add(float64(a.Probabilities[i][word]), float64(b.Probabilities[i][word]), 1)
				}
			}
		}
		return d
	}
	a, b := certified.Outputs(), found.Outputs()
	if len(a) != len(b) || len(a) == 0 {
		return difference{largest: math.Inf(1), answers: certified.Len()}
	}
	for i := range a {
		add(float64(a[i]), float64(b[i]), max(1, math.Abs(float64(a[i]))))
	}
	if certified.Regression == nil {
		width := len(a) / certified.Len()
		for row := range certified.Len() {
			if answer(certified, a[row*width:][:width]) != answer(found, b[row*width:][:width]) {
				d.answers++
			}
		}
	}
	return d
}

// answer is the answer of an example's logits, for a comparison.
func answer(p *classify.TaskPredictions, logits []float32) string {
	if p.MultiLabel == nil {
		return fmt.Sprint(metrics.Argmax(logits))
	}
	var chosen []int
	for class, v := range logits {
		if v > 0 { // a probability above one half
			chosen = append(chosen, class)
		}
	}
	return fmt.Sprint(chosen)
}

// otherMachine lists the differences of two environments that can change the last digits. Another revision
// of this program can, since it can divide the examples into other batches.
func otherMachine(run, here runfolder.Environment) (reasons []string) {
	differ := func(what, a, b string) {
		if a != b {
			reasons = append(reasons, fmt.Sprintf("%s %s, here %s", what, orUnknown(a), orUnknown(b)))
		}
	}
	config := func(engine string) string {
		name, _, _ := strings.Cut(engine, " (")
		return name
	}
	differ("engine", config(run.Engine), config(here.Engine))
	differ("platform", run.Platform, here.Platform)
	differ("processor", run.CPU, here.CPU)
	differ("cores", fmt.Sprint(run.Cores), fmt.Sprint(here.Cores))
	for _, module := range []string{"github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla"} {
		differ(module, run.Modules[module], here.Modules[module])
	}
	differ("revision", cmp.Or(run.Revision, run.SourceRevision), cmp.Or(here.Revision, here.SourceRevision))
	return reasons
}

func orUnknown(text string) string {
	if text == "" {
		return "unknown"
	}
	return text
}

// answersDiffer compares the ids and the right answers of predictions with those of examples, and
// describes the first difference; "" if there is none.
func answersDiffer(p *classify.TaskPredictions, examples []data.Example) string {
	if p.Len() != len(examples) {
		return fmt.Sprintf("%d predictions for %d examples", p.Len(), len(examples))
	}
	ids := p.IDs()
	for i, e := range examples {
		if ids != nil && ids[i] != e.ID {
			return fmt.Sprintf("prediction %d is of %q, expected %q", i+1, ids[i], e.ID)
		}
		var stated, right any
		switch {
		case p.MultiLabel != nil:
			stated, right = p.MultiLabel.Labels[i], e.Labels
		case p.Regression != nil:
			stated, right = p.Regression.Values[i], e.Value
		case p.Tags != nil:
			stated, right = p.Tags.Labels[i], e.Tags
		default:
			stated, right = p.SingleLabel.Labels[i], e.Label
		}
		if a, b := fmt.Sprint(stated), fmt.Sprint(right); a != b {
			return fmt.Sprintf("example %q has the answer %s, expected %s", e.ID, a, b)
		}
	}
	return ""
}
