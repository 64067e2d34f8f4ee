package show

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// fewClasses is the largest number of classes that have a curve each.
const fewClasses = 4

// ROC draws the receiver operating characteristics before and after.
//
// Of two classes one is the positive one: positive by name, or the second in the order
// of the data where positive is empty. The area is the same for either. More classes
// have a curve each, the class against the rest, and the mean of those curves (macro
// average); with more than four the curves of the classes with the lowest and the
// highest area after training are drawn, and a chart of all areas. Then positive may
// name the class whose curves are drawn instead.
func ROC(ctx context.Context, r *finetune.Run, positive string) (Figures, error) {
	before, after, err := predictions(ctx, r)
	if err != nil {
		return Figures{}, err
	}
	return roc(before, after, positive)
}

func roc(before, after *metrics.Predictions, positive string) (Figures, error) {
	if positive != "" && !slices.Contains(after.Classes, positive) {
		return Figures{}, fmt.Errorf("show: the positive class %q is not a class of the data: expected one of %q, or an empty string", positive, after.Classes)
	}
	m, err := metrics.Measure(after)
	if err != nil {
		return Figures{}, err
	}
	if len(m.Classes) == 2 || positive != "" {
		if positive == "" {
			positive = after.Classes[1]
		}
		return oneClass(before, after, m, slices.Index(after.Classes, positive))
	}
	old, err := metrics.Measure(before)
	if err != nil {
		return Figures{}, err
	}
	return allClasses(before, after, old, m)
}

// oneClass draws the curves of one class against the rest.
func oneClass(before, after *metrics.Predictions, m *metrics.Metrics, class int) (Figures, error) {
	var f Figures
	if auc := m.Classes[class].ROCAUC; auc.Value == nil {
		f.note("ROC of class %q: %s", m.Classes[class].Name, auc.Reason)
		return f, nil
	}
	var curves []chart.ROCCurve
	for _, side := range []struct {
		name string
		p    *metrics.Predictions
	}{{"before", before}, {"after", after}} {
		roc, err := side.p.ROC(class)
		if err != nil {
			return f, err
		}
		curves = append(curves, curve(side.name, roc))
	}
	name := m.Classes[class].Name
	rest, same := "an example of another class", ""
	taken := fmt.Sprintf("share of the others taken for %q", name)
	if len(m.Classes) == 2 {
		other := m.Classes[1-class].Name
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
func allClasses(before, after *metrics.Predictions, old, m *metrics.Metrics) (Figures, error) {
	var f Figures
	meanBefore, _, err := before.MacroROC()
	if err != nil {
		f.note("%v", err)
		return f, nil
	}
	meanAfter, leftOut, err := after.MacroROC()
	if err != nil {
		return f, err
	}
	for _, reason := range leftOut {
		f.note("left out of the mean: %s", reason)
	}
	curves := []chart.ROCCurve{curve("mean of the classes, before", meanBefore), curve("mean of the classes, after", meanAfter)}
	classes := defined(m)
	bars := classes
	text := "Each class has a curve after training."
	if len(classes) > fewClasses {
		slices.SortStableFunc(classes, func(a, b int) int {
			if x, y := *m.Classes[a].ROCAUC.Value, *m.Classes[b].ROCAUC.Value; x < y {
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
		roc, err := after.ROC(class)
		if err != nil {
			return f, err
		}
		curves = append(curves, curve(fmt.Sprintf("%q, after", m.Classes[class].Name), roc))
	}
	if err := f.add(chart.ROC(chart.Labels{
		Title:    "ROC curves, one class against the rest",
		Takeaway: "The area is the probability that an example of a class is ranked above one of another class. " + text,
		X:        "share of the others taken for the class", Y: "share of the class found",
	}, curves...)); err != nil || len(bars) <= fewClasses {
		return f, err
	}
	err = f.areas(old, m, bars)
	return f, err
}

// defined are the numbers of the classes that have an area.
func defined(m *metrics.Metrics) []int {
	var classes []int
	for i, c := range m.Classes {
		if c.ROCAUC.Value != nil {
			classes = append(classes, i)
		}
	}
	return classes
}

// areas adds the areas of the classes before and after.
func (f *Figures) areas(old, m *metrics.Metrics, classes []int) error {
	var groups []string
	before, after := chart.BarSeries{Name: "before"}, chart.BarSeries{Name: "after"}
	for _, class := range classes {
		if old.Classes[class].ROCAUC.Value == nil {
			return errors.New("show: the predictions before and after are for different examples: expected the same")
		}
		groups = append(groups, m.Classes[class].Name)
		before.Values = append(before.Values, *old.Classes[class].ROCAUC.Value)
		after.Values = append(after.Values, *m.Classes[class].ROCAUC.Value)
	}
	takeaway := "Each class against the rest; a random classifier has 0.5."
	if len(classes) < len(defined(m)) {
		takeaway += fmt.Sprintf(" Of %d classes, the %d with the lowest area after training.", len(defined(m)), len(classes))
	}
	return f.add(chart.Bars(chart.Labels{Title: "Area under the ROC curve of each class", Takeaway: takeaway, Y: "area"}, groups, before, after))
}
