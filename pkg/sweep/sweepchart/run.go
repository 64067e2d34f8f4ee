package sweepchart

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/show"
	"github.com/lorabook/lorabook/pkg/sweep"
)

// Folder returns the folder of a sweep, as seen from the folder of the notebooks:
// ../runs/sweep-MODEL-DATA-DIGEST. Plans that differ have different digests.
func Folder(p sweep.Plan) string {
	text, err := json.Marshal(p)
	if err != nil { // Run reports it
		text = nil
	}
	const digits = 4
	sum := sha256.Sum256(text)
	return "../runs/sweep-" + p.Base.Name() + "-" + hex.EncodeToString(sum[:digits])
}

// The titles of the charts, which grow together.
const (
	parallelTitle = "Trials"
	heatTitle     = "Heat map of the trials"
	curvesTitle   = "Learning curves of the trials"
)

// Run runs a sweep with charts that grow while its trials end: parallel coordinates of all fields, a
// heat map of the first two fields (of one field, one row) and the learning curves of all trials. It
// returns the table of the trials and the summary. The result of a finished sweep is shown at once.
// Errors are those of [sweep.Run].
//
// Options.Progress is by default a progress bar below the cell, with warnings. Options.OnTrials is
// called after the charts.
func Run(ctx context.Context, dir string, p sweep.Plan, o sweep.Options) (show.Figures, error) {
	var f show.Figures
	parallel, heat, curves := chart.NewGrowing(parallelTitle), chart.NewGrowing(heatTitle), chart.NewGrowing(curvesTitle)
	r := new(reader)
	draw := func(trials []sweep.Trial, final bool) error {
		search, err := r.search(dir, p, trials)
		if err != nil {
			return err
		}
		takeaway := progressOf(search)
		if final {
			takeaway = lesson(search)
		}
		return errors.Join(
			update(parallel)(chart.Parallel(chart.Labels{Title: parallelTitle, Takeaway: takeaway}, search)),
			update(heat)(heatMap(p, search)),
			update(curves)(learningCurves(search, final)))
	}
	own := o.OnTrials
	o.OnTrials = func(trials []sweep.Trial) error {
		if err := draw(trials, false); err != nil || own == nil {
			return err
		}
		return own(trials)
	}
	if o.Progress == nil {
		o.Progress = fewNotes{progress.New(os.Stdout)}
	}
	result, err := sweep.Run(ctx, dir, p, o)
	if err == nil {
		err = draw(result.Trials, true)
	}
	if err = errors.Join(err, parallel.Close(), heat.Close(), curves.Close()); err != nil {
		return f, err
	}
	f.Tables = append(f.Tables, result.Table())
	f.Notes = result.Summary()
	return f, nil
}

// update returns a function that shows a chart, if there is one.
func update(g *chart.Growing) func(chart.Chart, error) error {
	return func(c chart.Chart, err error) error {
		if err != nil || c.ID() == "" {
			return err
		}
		return g.Update(c)
	}
}

// heatMap is the heat map of the first two fields of the plan.
func heatMap(p sweep.Plan, s chart.Search) (chart.Chart, error) {
	y, others := "", ""
	if len(p.Fields) > 1 {
		y, others = p.Fields[1].Name, " and "+p.Fields[1].Name
	}
	name, _, _ := strings.Cut(s.Objective, ",")
	return chart.HeatMap(chart.Labels{Title: heatTitle, Takeaway: fmt.Sprintf("The best %s by %s%s.", name, p.Fields[0].Name, others)}, s, p.Fields[0].Name, y)
}

// learningCurves are the curves of the trials that have a point; the zero Chart before there is one.
func learningCurves(s chart.Search, final bool) (chart.Chart, error) {
	paused := 0
	some := false
	for _, t := range s.Trials {
		some = some || len(t.X) > 0
		if t.State == chart.TrialPaused {
			paused++
		}
	}
	if !some {
		return chart.Chart{}, nil
	}
	takeaway := "A curve that rises again has learned the training examples by heart; the state of its best step is kept."
	if paused > 0 {
		subject, reason := fmt.Sprintf("%d paused trials end", paused), "others were better after as many epochs"
		if paused == 1 {
			subject = "1 paused trial ends"
		}
		if !final {
			reason += ", or have not trained as long yet"
		}
		takeaway = subject + " early: " + reason + "."
	}
	return chart.TrialCurves(chart.Labels{Title: curvesTitle, Takeaway: takeaway, X: "epoch"}, s)
}

// progressOf counts the trials that have ended.
func progressOf(s chart.Search) string {
	ended := 0
	for _, t := range s.Trials {
		if t.State != chart.TrialWaiting && t.State != chart.TrialRunning {
			ended++
		}
	}
	return fmt.Sprintf("%d of %d trials have ended or are paused.", ended, len(s.Trials))
}

// lesson compares the best trial with the default.
func lesson(s chart.Search) string {
	var best, standard *chart.Trial
	for i := range s.Trials {
		t := &s.Trials[i]
		if t.State != chart.TrialDone {
			continue
		}
		if t.Default {
			standard = t
		}
		if best == nil || (*t.Value < *best.Value) != s.Higher && *t.Value != *best.Value {
			best = t
		}
	}
	switch {
	case best == nil:
		return "No trial has a result."
	case best.Default:
		return fmt.Sprintf("The default is the best of %d trials.", len(s.Trials))
	case standard == nil:
		return fmt.Sprintf("The best of %d trials is %s.", len(s.Trials), best.Name)
	}
	name, _, _ := strings.Cut(s.Objective, ",")
	return fmt.Sprintf("The best of %d trials is %s: %s %.4g, of the default %.4g. As the best of many it looks better than it is.", len(s.Trials), best.Name, name, *best.Value, *standard.Value)
}

// fewNotes shows no note about each trial: the charts do.
type fewNotes struct{ progress.Progress }

// Note shows the warnings and the description of the sweep.
func (n fewNotes) Note(line string) {
	if strings.HasPrefix(line, progress.WarningPrefix) || strings.HasPrefix(line, "sweep: ") && !strings.Contains(line, " waiting, ") {
		n.Progress.Note(line)
	}
}

// read returns the result of a finished sweep, and its default and best trial.
func read(dir string) (r *sweep.Result, standard, best *sweep.Trial, err error) {
	r, err = sweep.Read(cmp.Or(dir, "."))
	if err != nil {
		return nil, nil, nil, err
	}
	for i := range r.Trials {
		if r.Trials[i].Number == 0 {
			standard = &r.Trials[i]
		}
	}
	return r, standard, r.Best(), nil
}
