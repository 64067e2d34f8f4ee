package show

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// fewClasses is the largest number of classes that have a curve each.
const fewClasses = 4

// Ranking draws how well the predictions rank the test examples, before and after training.
//
// For classes it is the receiver operating characteristic (ROC). Of two classes one is the
// positive one: positive by name, or the second in the order of the data where positive is empty.
// The area is the same for either. More classes, and several labels, have a curve each, the class
// against the rest, and the mean of those curves (macro average); with more than four the curves
// of the classes with the lowest and the highest area after training are drawn, and a chart of all
// areas. Then positive may name the class whose curves are drawn instead.
//
// For a regression the ranks of the answers are drawn over the ranks of the values. Tags of words are
// not ranked: what is right and wrong about the entities is drawn, those of the type positive or of
// all.
func Ranking(ctx context.Context, r *finetune.Run, positive string) (Figures, error) {
	return views{
		single: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadPredictions)
			if err != nil {
				return Figures{}, err
			}
			return roc(before, after, positive)
		},
		several: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadMultiLabelPredictions)
			if err != nil {
				return Figures{}, err
			}
			report, err := r.Report(ctx)
			if err != nil {
				return Figures{}, err
			}
			return severalROC(before, after, report.MultiLabel, positive)
		},
		number: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadRegressionPredictions)
			if err != nil {
				return Figures{}, err
			}
			return ranks(before, after)
		},
		tags: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadTagPredictions)
			if err != nil {
				return Figures{}, err
			}
			return tagErrorKinds(before, after, positive)
		},
	}.of(r.Experiment.Task)
}

// ranking is a model's predictions with the areas of the classes.
type ranking struct {
	predictions interface {
		ROC(class int) (*metrics.ROC, error)
		MacroROC() (mean *metrics.ROC, leftOut []string, err error)
	}
	classes []metrics.ClassMetrics
	several bool // an example may have several classes
}

func checkPositive(positive string, classes []string) error {
	if positive != "" && !slices.Contains(classes, positive) {
		return fmt.Errorf("show: the positive class %q is not a class of the data: expected one of %q, or an empty string", positive, classes)
	}
	return nil
}

func roc(before, after *metrics.Predictions, positive string) (Figures, error) {
	if err := checkPositive(positive, after.Classes); err != nil {
		return Figures{}, err
	}
	m, err := metrics.Measure(after)
	if err != nil {
		return Figures{}, err
	}
	old, err := metrics.Measure(before)
	if err != nil {
		return Figures{}, err
	}
	first, second := ranking{predictions: before, classes: old.Classes}, ranking{predictions: after, classes: m.Classes}
	if len(m.Classes) == 2 || positive != "" {
		if positive == "" {
			positive = after.Classes[1]
		}
		return oneClass(first, second, slices.Index(after.Classes, positive))
	}
	return allClasses(first, second)
}

func severalROC(before, after *metrics.MultiLabelPredictions, r *evaluation.MultiLabelReport, positive string) (Figures, error) {
	if err := checkPositive(positive, after.Classes); err != nil {
		return Figures{}, err
	}
	classes := func(m *metrics.MultiLabelMetrics) (list []metrics.ClassMetrics) {
		for _, c := range m.Classes {
			list = append(list, c.ClassMetrics)
		}
		return list
	}
	first, second := ranking{before, classes(r.Before), true}, ranking{after, classes(r.After), true}
	if positive != "" {
		return oneClass(first, second, slices.Index(after.Classes, positive))
	}
	return allClasses(first, second)
}

// oneClass draws the curves of one class against the rest.
func oneClass(before, after ranking, class int) (Figures, error) {
	var f Figures
	if auc := after.classes[class].ROCAUC; auc.Value == nil {
		f.note("ROC of class %q: %s", after.classes[class].Name, auc.Reason)
		return f, nil
	}
	var curves []chart.ROCCurve
	for _, side := range []struct {
		name string
		of   ranking
	}{{"before", before}, {"after", after}} {
		roc, err := side.of.predictions.ROC(class)
		if err != nil {
			return f, err
		}
		curves = append(curves, curve(side.name, roc))
	}
	name := after.classes[class].Name
	rest, same := "an example of another class", ""
	taken := fmt.Sprintf("share of the others taken for %q", name)
	switch {
	case after.several:
		rest = "an example without it"
	case len(after.classes) == 2:
		other := after.classes[1-class].Name
		rest, same = fmt.Sprintf("one of %q", other), fmt.Sprintf(" For %q it is the same.", other)
		taken = fmt.Sprintf("share of %q taken for %q", other, name)
	}
	err := f.add(chart.ROC(chart.Labels{
		Title:    fmt.Sprintf("ROC curve of %q", name),
		Takeaway: fmt.Sprintf("The area is the probability that an example of %q is ranked above %s.%s", name, rest, same),
		X:        taken, Y: fmt.Sprintf("share of %q found", name),
	}, curves...))
	return f, err
}

func curve(name string, c *metrics.ROC) chart.ROCCurve {
	return chart.ROCCurve{Name: name, FalsePositives: c.FalsePositives, TruePositives: c.TruePositives}
}

// allClasses draws the mean curves, those of some classes, and the areas of all.
func allClasses(before, after ranking) (Figures, error) {
	var f Figures
	meanBefore, _, err := before.predictions.MacroROC()
	if err != nil {
		f.note("%v", err)
		return f, nil
	}
	meanAfter, leftOut, err := after.predictions.MacroROC()
	if err != nil {
		return f, err
	}
	for _, reason := range leftOut {
		f.note("left out of the mean: %s", reason)
	}
	curves := []chart.ROCCurve{curve("mean of the classes, before", meanBefore), curve("mean of the classes, after", meanAfter)}
	classes := defined(after)
	bars := classes
	text := "Each class has a curve after training."
	if len(classes) > fewClasses {
		slices.SortStableFunc(classes, func(a, b int) int {
			if x, y := *after.classes[a].ROCAUC.Value, *after.classes[b].ROCAUC.Value; x < y {
				return -1
			} else if x > y {
				return 1
			}
			return 0
		})
		bars = slices.Sorted(slices.Values(classes[:min(mostClasses, len(classes))]))
		classes = []int{classes[0], classes[len(classes)-1]}
		text = "The classes are those with the lowest and the highest area after training."
	}
	for _, class := range classes {
		roc, err := after.predictions.ROC(class)
		if err != nil {
			return f, err
		}
		curves = append(curves, curve(fmt.Sprintf("%q, after", after.classes[class].Name), roc))
	}
	title, meaning := "ROC curves, one class against the rest", "The area is the probability that an example of a class is ranked above one of another class. "
	if after.several {
		title, meaning = "ROC curves, each class against its absence", "The area is the probability that an example with a class is ranked above one without it. "
	}
	if err := f.add(chart.ROC(chart.Labels{
		Title: title, Takeaway: meaning + text,
		X: "share of the others taken for the class", Y: "share of the class found",
	}, curves...)); err != nil || len(bars) <= fewClasses {
		return f, err
	}
	err = f.areas(before, after, bars)
	return f, err
}

// defined are the numbers of the classes that have an area.
func defined(r ranking) []int {
	var classes []int
	for i, c := range r.classes {
		if c.ROCAUC.Value != nil {
			classes = append(classes, i)
		}
	}
	return classes
}

// areas adds the areas of the classes before and after.
func (f *Figures) areas(before, after ranking, classes []int) error {
	var groups []string
	old, now := chart.BarSeries{Name: "before"}, chart.BarSeries{Name: "after"}
	for _, class := range classes {
		if before.classes[class].ROCAUC.Value == nil {
			return errors.New("show: the predictions before and after are for different examples: expected the same")
		}
		groups = append(groups, after.classes[class].Name)
		old.Values = append(old.Values, *before.classes[class].ROCAUC.Value)
		now.Values = append(now.Values, *after.classes[class].ROCAUC.Value)
	}
	takeaway := "Each class against the rest; a random classifier has 0.5."
	if len(classes) < len(defined(after)) {
		takeaway += sayf(" Of %d classes, the %d with the lowest area after training.", len(defined(after)), len(classes))
	}
	return f.add(chart.Bars(chart.Labels{Title: "Area under the ROC curve of each class", Takeaway: takeaway, Y: "area"}, groups, old, now))
}

// ranks draws the ranks of the answers over those of the values.
func ranks(before, after *metrics.RegressionPredictions) (Figures, error) {
	n := after.Len()
	values := ranksOf(after.Values)
	return one(chart.Scatter(chart.Labels{
		Title:    "Ranks of answers and values",
		Takeaway: sayf("Of %d test examples, the one with the lowest value has the rank 1. On the line the order of the answers is that of the values; Spearman's correlation measures it.", n),
		X:        "rank of the value", Y: "rank of the answer",
	}, "the same order", chart.Points{Name: "before", X: ranksOf(before.Values), Y: ranksOf(before.Answers)}, chart.Points{Name: "after", X: values, Y: ranksOf(after.Answers)}))
}

// ranksOf returns the ranks of values from 1; equal values have the mean of their ranks.
func ranksOf(values []float64) []float64 {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	out := make([]float64, len(values))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		for _, i := range order[from:to] {
			out[i] = float64(from+1+to) / 2
		}
		from = to
	}
	return out
}
