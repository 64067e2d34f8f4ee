package show

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
)

const (
	sideBySide  = 8  // classes of two matrices in one chart
	mostClasses = 50 // classes of a matrix, and of a chart of bars
	mostPairs   = 25 // pairs of classes that are shown where a matrix would be too large
)

// Confusion draws the confusion matrices before and after.
func Confusion(r *finetune.Report) (Figures, error) {
	if err := checkReport(r); err != nil {
		return Figures{}, err
	}
	var f Figures
	c := r.Comparison
	err := f.confusion("Confusion matrices before and after",
		fmt.Sprintf("%d of %d predictions are wrong after training, %d before.", c.Broken+c.BothWrong, c.Examples, c.Fixed+c.BothWrong),
		r.Classes(),
		chart.Matrix{Name: "before", Counts: r.Before.Confusion},
		chart.Matrix{Name: "after", Counts: r.After.Confusion})
	return f, err
}

// confusion adds the matrices side by side; each in a chart of its own where there are
// many classes; and the most frequent mistakes of the last one where there are too many.
func (f *Figures) confusion(title, takeaway string, classes []string, matrices ...chart.Matrix) error {
	labels := chart.Labels{Title: title, Takeaway: takeaway}
	switch {
	case len(classes) > mostClasses:
		return f.mistakes(takeaway, classes, matrices[len(matrices)-1])
	case len(classes) <= sideBySide:
		return f.add(chart.Confusion(labels, classes, matrices...))
	}
	for _, m := range matrices {
		if len(matrices) > 1 {
			labels.Title = "Confusion matrix " + m.Name
		}
		if err := f.add(chart.Confusion(labels, classes, m)); err != nil {
			return err
		}
	}
	return nil
}

// mistakes adds the most frequent wrong predictions of a matrix.
func (f *Figures) mistakes(takeaway string, classes []string, m chart.Matrix) error {
	pairs := metrics.ConfusedPairs(m.Counts, mostPairs)
	if len(pairs) == 0 {
		f.note("%d classes are too many for a confusion matrix; no prediction %s is wrong.", len(classes), m.Name)
		return nil
	}
	var groups []string
	s := chart.BarSeries{Name: m.Name}
	for _, p := range pairs {
		groups = append(groups, fmt.Sprintf("%s predicted as %s", classes[p.Right], classes[p.Answered]))
		s.Values = append(s.Values, float64(p.Examples))
	}
	return f.add(chart.Bars(chart.Labels{
		Title:    "Most frequent wrong predictions, " + m.Name,
		Takeaway: fmt.Sprintf("%s Of %d classes, too many for a confusion matrix, the %d most frequent pairs.", takeaway, len(classes), len(groups)),
		Y:        "examples",
	}, groups, s))
}

// Accuracy draws the accuracy before and after, of all examples and of each class, with 95 %
// intervals.
func Accuracy(r *finetune.Report) (Figures, error) {
	if err := checkReport(r); err != nil {
		return Figures{}, err
	}
	var f Figures
	f.note("%v", r)
	f.note("%s", evidence(r.Comparison))
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
		takeaway += fmt.Sprintf(" Of %d classes, the %d with the lowest accuracy after training.", n, len(shown))
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
func allExamples(classes []string) string {
	name := "all examples"
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
