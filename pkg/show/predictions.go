package show

import (
	"context"
	"fmt"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/table"
)

const (
	sideBySide = 8  // classes of two matrices in one chart
	mostMatrix = 20 // classes of a matrix
	mostPairs  = 25 // pairs of classes that are shown where a matrix would be too large
)

// Predictions shows the predictions for the test examples beside the right answers, before and
// after training.
//
// For one class per example it draws confusion matrices; with more than 20 classes it shows a
// table of the most confused pairs of classes. For several labels it shows a table of the classes,
// with threshold, precision, recall, F1 and area under the ROC curve, and draws the wrong decisions
// of each class. For a regression it draws the answers over the values. For tags of words it shows a
// table of the types of entities and one of the most frequent errors, and draws a confusion matrix of
// the types of the words.
func Predictions(ctx context.Context, r *finetune.Run) (Figures, error) {
	return views{
		single: func() (Figures, error) {
			report, err := r.Report(ctx)
			if err != nil {
				return Figures{}, err
			}
			return confusion(report)
		},
		several: func() (Figures, error) {
			report, err := r.Report(ctx)
			if err != nil {
				return Figures{}, err
			}
			return decisionsByClass(report.MultiLabel.Before, report.MultiLabel.After)
		},
		number: func() (Figures, error) {
			before, after, err := both(ctx, r, r.Folder.ReadRegressionPredictions)
			if err != nil {
				return Figures{}, err
			}
			e, err := r.Examples(ctx)
			if err != nil {
				return Figures{}, err
			}
			return answersOverValues(numberName(e.Labels), before, after)
		},
		tags: func() (Figures, error) {
			report, sentences, err := reported(ctx, r)
			if err != nil {
				return Figures{}, err
			}
			before, after, err := both(ctx, r, r.Folder.ReadTagPredictions)
			if err != nil {
				return Figures{}, err
			}
			return tagsByType(report.Tags, before, after, examplesByID(sentences))
		},
	}.of(r.Experiment.Task)
}

// confusion draws the confusion matrices before and after.
func confusion(r *finetune.Report) (Figures, error) {
	var f Figures
	c := r.Comparison
	err := f.confusion("Confusion matrices before and after",
		sayf("%d of %d predictions are wrong after training, %d before.", c.Broken+c.BothWrong, c.Examples, c.Fixed+c.BothWrong),
		r.Classes(),
		chart.Matrix{Name: "before", Counts: r.Before.Confusion},
		chart.Matrix{Name: "after", Counts: r.After.Confusion})
	return f, err
}

// confusion adds the matrices side by side; each in a chart of its own where there are
// many classes; and a table of the most confused classes where there are too many.
func (f *Figures) confusion(title, takeaway string, classes []string, matrices ...chart.Matrix) error {
	labels := chart.Labels{Title: title, Takeaway: takeaway}
	switch {
	case len(classes) > mostMatrix:
		f.note("%s", takeaway)
		return f.mistakes(classes, matrices...)
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

// mistakes adds a table of the most confused classes of the last matrix. Of two matrices it has a
// column for the first, too.
func (f *Figures) mistakes(classes []string, matrices ...chart.Matrix) error {
	m := matrices[len(matrices)-1]
	wrong := 0
	for right, row := range m.Counts {
		for answered, n := range row {
			if right != answered {
				wrong += n
			}
		}
	}
	pairs := metrics.ConfusedPairs(m.Counts, mostPairs)
	if len(pairs) == 0 {
		f.note("No prediction %s training is wrong.", m.Name)
		return nil
	}
	shown := 0
	columns := []table.Column{{Name: "class"}, {Name: "predicted as"}, {Name: "examples"}, {Name: "of the class", Unit: "%", Format: "%.0f"}, {Name: "the other way round"}}
	if len(matrices) > 1 {
		columns = append(columns, table.Column{Name: "examples " + matrices[0].Name})
	}
	t := table.New(fmt.Sprintf("Most confused classes %s training", m.Name), columns...)
	for _, p := range pairs {
		row := []any{classes[p.Right], classes[p.Answered], p.Examples, 100 * p.Share, p.Reverse}
		if len(matrices) > 1 {
			row = append(row, matrices[0].Counts[p.Right][p.Answered])
		}
		t.Add(row...)
		shown += p.Examples
	}
	f.note("The table has the %d most frequent confusions of the %d classes, with %d of the %d wrong predictions %s training.", len(pairs), len(classes), shown, wrong, m.Name)
	f.Tables = append(f.Tables, t)
	return t.Err()
}
