package sweepchart

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/runlist"
	"github.com/lorabook/lorabook/pkg/show"
	"github.com/lorabook/lorabook/pkg/sweep"
	"github.com/lorabook/lorabook/pkg/table"
)

// Best compares the best trial of a finished sweep with the default on the test examples, which no
// other trial has read: the main metric of the task with its intervals, the difference with the
// p-value of a paired test, and the run folder of the best adapter. If there is no comparison, a
// note says why.
func Best(ctx context.Context, dir string, p sweep.Plan) (show.Figures, error) {
	var f show.Figures
	r, standard, best, err := read(dir)
	if err != nil {
		return f, err
	}
	if r.Test == nil {
		f.Notes = append(f.Notes, "There is no comparison on the test examples: "+r.TestReason+".")
		return f, nil
	}
	seed := p.Base.Seed
	t := table.New("On the test examples", table.Column{Name: "trial"}, table.Column{Name: "settings"}, table.Column{Name: "main metric, 95 % interval"})
	var bars []chart.BarSeries
	var unit, metric string
	for _, side := range []struct {
		name  string
		trial *sweep.Trial
	}{{"the default", standard}, {fmt.Sprintf("trial %d", best.Number), best}} {
		score, err := testScore(ctx, filepath.Join(dir, side.trial.Dir), p, seed)
		if err != nil {
			return f, err
		}
		t.Add(side.name, side.trial.Name(), score.String())
		factor := 1.0
		metric, unit = string(score.Metric), string(score.Metric)
		if score.Metric == runlist.Accuracy {
			factor, unit = 100, "%"
		}
		b := chart.BarSeries{Name: side.name, Values: []float64{factor * score.Value}}
		if score.Interval != nil {
			b.Low, b.High = []float64{factor * score.Interval.Low}, []float64{factor * score.Interval.High}
		}
		bars = append(bars, b)
	}
	f.Tables = append(f.Tables, t)
	verdict := verdict(r.Test, metric == string(runlist.Accuracy))
	f.Notes = append(f.Notes, verdict, "run folder of the best trial: "+filepath.ToSlash(filepath.Join(dir, best.Dir)))
	c, err := chart.Bars(chart.Labels{Title: "The best trial and the default on the test examples", Takeaway: verdict, Y: unit}, []string{metric}, bars...)
	f.Charts = append(f.Charts, c)
	return f, err
}

// testScore measures the predictions of a trial for the test examples.
func testScore(ctx context.Context, dir string, p sweep.Plan, seed int64) (*runlist.Score, error) {
	folder, err := runfolder.Open(filepath.Split(dir))
	if err != nil {
		return nil, err
	}
	predictions, err := evaluation.ReadPredictions(folder, runfolder.ReportPredictionsFile, p.Base.Task)
	if err != nil {
		return nil, err
	}
	e, err := evaluation.Measure(ctx, predictions, seed)
	if err != nil {
		return nil, err
	}
	score := runlist.ScoreOf(*e)
	if score == nil {
		return nil, fmt.Errorf("sweepchart: %s: the main metric is not defined for the test examples", dir)
	}
	return score, nil
}

// significanceLevel is the level of the p-value.
const significanceLevel = 0.05

// verdict describes the difference. That of an accuracy is in points.
func verdict(c *evaluation.Comparison, percent bool) string {
	difference, interval, p := c.Main()
	if difference == nil {
		return "The difference is not defined."
	}
	factor, format, unit := 1.0, "%+.3f", ""
	if percent {
		factor, format, unit = 100, "%+.1f", " points"
	}
	text := fmt.Sprintf("Difference: "+format+unit, factor**difference)
	if interval != nil {
		text += ", " + interval.Text(func(v float64) string { return fmt.Sprintf(format, factor*v) })
	}
	if p == nil {
		return text + "."
	}
	text += "; " + numerals.PValue(*p) + " in a paired test"
	if *p < significanceLevel {
		return text + ": more than chance can explain."
	}
	return text + ": chance can explain it."
}
