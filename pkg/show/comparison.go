package show

import (
	"cmp"
	"context"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// mostClasses is the greatest number of classes of a chart of bars.
const mostClasses = 50

// Comparison compares the test examples before and after training, and both with answers without
// BERT: a table of all four, and charts of the task's metrics with 95 % intervals. For one class
// per example the chart is the accuracy of all examples and of each class, for several labels
// the F1 of all decisions and of each class, for a regression the correlations and the errors, for
// tags of words the F1 of all entities and of each type.
func Comparison(ctx context.Context, r *finetune.Run) (Figures, error) {
	if err := checkTask(r.Experiment.Task); err != nil {
		return Figures{}, err
	}
	report, err := r.Report(ctx)
	if err != nil {
		return Figures{}, err
	}
	var b finetune.Baseline // read without its notes and warnings, which the report has shown
	if err := r.Folder.Read(runfolder.BaselineFile, &b); err != nil {
		return Figures{}, err
	}
	return comparison(report, b.Cheap)
}

func comparison(r *finetune.Report, cheap *evaluation.CheapBaselines) (Figures, error) {
	switch {
	case r.MultiLabel != nil:
		return severalComparison(r, cheap)
	case r.Regression != nil:
		return numberComparison(r, cheap)
	case r.Tags != nil:
		return tagComparison(r, cheap)
	}
	return accuracy(r, cheap)
}

// accuracy draws the accuracy before and after, of all examples and of each class, with 95 %
// intervals.
func accuracy(r *finetune.Report, cheap *evaluation.CheapBaselines) (Figures, error) {
	var f Figures
	f.note("%v", r)
	f.note("%s", evidence(r.Comparison))
	if text := beyondMajority(r.After); text != "" {
		f.note("%s", text)
	}
	if err := f.singleModels(cheap, r.Before, r.After); err != nil {
		return f, err
	}
	shown, absent := shownClasses(r)
	for _, name := range absent {
		f.note("no test example is of class %q: it has no bar", name)
	}
	groups := []string{allExamples(r.Classes())}
	for _, class := range shown {
		groups = append(groups, r.After.Classes[class].Name)
	}
	takeaway := changed(r.Comparison)
	if n := len(r.After.Classes) - len(absent); len(shown) < n {
		takeaway += sayf(" Of %d classes, the %d with the lowest accuracy after training.", n, len(shown))
	}
	before, err := recalls("before", r.Before, shown)
	if err != nil {
		return f, err
	}
	after, err := recalls("after", r.After, shown)
	if err != nil {
		return f, err
	}
	err = f.add(chart.Bars(chart.Labels{Title: "Accuracy", Takeaway: takeaway, Y: "%"}, groups, before, after))
	return f, err
}

// allExamples names the bars of all examples; the name differs from those of all classes.
func allExamples(classes []string) string { return besideClasses("all examples", classes) }

// besideClasses returns a name that differs from those of all classes.
func besideClasses(name string, classes []string) string {
	for slices.Contains(classes, name) {
		name = "(" + name + ")"
	}
	return name
}

// shownClasses returns the classes whose bars are drawn, in their order: those
// with examples, or, of too many, those with the lowest accuracy after training.
func shownClasses(r *finetune.Report) (shown []int, absent []string) {
	for i, c := range r.After.Classes {
		if c.Support > 0 {
			shown = append(shown, i)
		} else {
			absent = append(absent, c.Name)
		}
	}
	if len(shown) > mostClasses {
		slices.SortStableFunc(shown, func(a, b int) int {
			return cmp.Compare(r.After.Classes[a].Recall, r.After.Classes[b].Recall)
		})
		shown = shown[:mostClasses]
		slices.Sort(shown)
	}
	return shown, absent
}

// recalls returns the bars of an evaluation: of all examples, then of each class.
func recalls(name string, m *metrics.Metrics, classes []int) (chart.BarSeries, error) {
	s := chart.BarSeries{Name: name}
	shares, intervals, err := m.Recalls(classes...)
	for i, share := range shares {
		s.Values = append(s.Values, 100*share)
		s.Low, s.High = append(s.Low, 100*intervals[i].Low), append(s.High, 100*intervals[i].High)
	}
	return s, err
}
