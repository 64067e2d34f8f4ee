package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/bytesize"
	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/testset"
)

// head are the lines above the rows of the page's table of all published runs and evaluations.
const head = "| run or evaluation | recipe | tokens of a review | test accuracy, 95 % interval | calibration error, with temperature | parameters that learn | training | peak memory | adapter |\n" +
	"|---|---|---|---|---|---|---|---|---|\n"

// lastStates are the published adapters of last checkpoints, and their runs, which kept an earlier state.
var lastStates = map[string]string{"lora-256-last": "lora-256-seed-1"}

// TestTable: the page has one table of all published runs and evaluations, with the values of their folders.
// It prints the table that the page should have: after a new run, paste it.
func TestTable(t *testing.T) {
	dirs, page := published(t)
	want := head
	for _, dir := range dirs {
		want += runRow(t, dir)
		for _, other := range evaluations(t) {
			_, report, p := readEvaluation(t, other)
			switch name := filepath.Base(dir); {
			case report.Model == name:
				want += evaluationRow(other, "the same adapter", report, gain(fitted(t, dir, p)))
			case lastStates[filepath.Base(report.Model)] == name: // the temperature of the run is that of another state
				want += evaluationRow(other, "the last state of that training", report, fmt.Sprintf("%.3f, –", report.Metrics.Calibration.ECE))
			}
		}
	}
	if n := strings.Count(want, "\n") - 2; n != len(dirs)+len(evaluations(t)) {
		t.Errorf("%d rows of %d runs and %d evaluations: an evaluation names a model that is not published", n, len(dirs), len(evaluations(t)))
	}
	found := regexp.MustCompile(`(?m)(?:^\|.*\n)+`).FindString(page) // the first table
	if found != want {
		t.Errorf("the first table of ../IMDB.md is\n%s\nexpected\n%s", found, want)
	}
}

// row joins the cells of a row; the first is a link to the folder.
func row(dir string, cells ...string) string {
	name := filepath.Base(dir)
	return fmt.Sprintf("| [%s](imdb/results/%s/) | %s |\n", name, name, strings.Join(cells, " | "))
}

// runRow is the row of a run.
func runRow(t *testing.T, dir string) string {
	t.Helper()
	var e finetune.Experiment
	var report finetune.Report
	readRun(t, dir, &e, &report)
	trained := report.Training
	calibration := "–"
	if s := report.Calibration; s != nil && s.Temperature != nil && !s.Temperature.AtLimit {
		calibration = gain(s.Temperature.Test)
	}
	return row(dir, describe(e), fmt.Sprint(e.Data.MaxLength), accuracy(report.After), calibration,
		fmt.Sprintf("%s (%.1f %%)", numerals.Count(trained.Trainable), 100*float64(trained.Trainable)/float64(trained.AllParameters)),
		fmt.Sprintf("%s steps, %.0f min", numerals.Count(trained.Steps), time.Duration(trained.Seconds*float64(time.Second)).Minutes()),
		bytesize.Text(trained.PeakBytes), bytesize.Text(report.AdapterBytes))
}

// evaluationRow is the row of an evaluation of a published adapter.
func evaluationRow(dir, what string, report *testset.Report, calibration string) string {
	return row(dir, what, fmt.Sprint(report.Length.MaxLength), accuracy(report.Metrics), calibration, "–", "–", "–", "–")
}

// fitted measures the effect of a run's temperature on the predictions.
func fitted(t *testing.T, run string, p *classify.TaskPredictions) metrics.CalibrationGain {
	t.Helper()
	var calibration struct{ Temperature float64 }
	text, err := os.ReadFile(filepath.Join(run, runfolder.AdapterDir, "calibration.json"))
	if err == nil {
		err = json.Unmarshal(text, &calibration)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := metrics.TemperatureScaling{Temperature: calibration.Temperature}.MeasureTest(p.SingleLabel)
	if err != nil {
		t.Fatal(err)
	}
	return s.Test
}

func readRun(t *testing.T, dir string, e *finetune.Experiment, report *finetune.Report) {
	t.Helper()
	folder, err := runfolder.Open(filepath.Split(dir))
	if err == nil {
		err = cmp.Or(folder.Experiment(e), folder.Read(runfolder.ReportFile, report))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// describe is a recipe in a few words.
func describe(e finetune.Experiment) string {
	how := e.Method.String()
	if e.Method == finetune.LoRA {
		a := e.Adapter
		size := fmt.Sprintf("r %d", a.R)
		if a.Fraction > 0 {
			size = fmt.Sprintf("share %g", a.Fraction)
		}
		how = fmt.Sprintf("%s %s, %s", cmp.Or(a.PeftType, "LoRA"), size, strings.Join(a.TargetModules, ", "))
	}
	epochs := "1 epoch"
	if n := e.Training.Epochs; n > 1 {
		epochs = fmt.Sprintf("%d epochs", n)
	}
	return fmt.Sprintf("%s, %s, learning rate %g, %s", how, epochs, e.Training.LearningRate, e.Training.Precision)
}

func accuracy(m *metrics.Metrics) string {
	percent := func(share float64) string { return numerals.Percent(share, m.Examples) }
	return fmt.Sprintf("%s %% (%s to %s)", percent(m.Accuracy), percent(m.AccuracyInterval.Low), percent(m.AccuracyInterval.High))
}

// gain writes the expected calibration error without and with the temperature.
func gain(g metrics.CalibrationGain) string {
	return fmt.Sprintf("%.3f, %.3f", g.ECEBefore, g.ECEAfter)
}
