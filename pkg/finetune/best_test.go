package finetune

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// TestBestBy trains past the lowest validation loss, and checks which state is kept and that the
// folder records its evaluation.
func TestBestBy(t *testing.T) {
	testenv.NeedsTime(t, "it trains several models")
	steps := map[objective.BestBy]int{}
	for _, by := range []objective.BestBy{objective.ByLoss, "loss", objective.ByAccuracy, objective.Last} {
		e := toy(t)
		e.Training.Epochs, e.Training.LearningRate, e.Training.Evaluations = 8, 0.5, 2 // the accuracy rises, then falls
		e.Training.MetricForBestModel = by
		var lines []runfolder.HistoryLine
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t), OnHistory: func(l runfolder.HistoryLine) {
			if l.Kind == runfolder.EvalLine {
				lines = append(lines, l)
			}
		}})
		done, err := r.Train(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		want := lines[0]
		for _, l := range lines {
			switch {
			case by == objective.Last,
				by == objective.ByAccuracy && (l.Accuracy > want.Accuracy || l.Accuracy == want.Accuracy && l.Loss < want.Loss),
				by != objective.Last && by != objective.ByAccuracy && l.Loss < want.Loss:
				want = l
			}
		}
		if done.BestStep != want.Step || done.BestLoss != want.Loss || done.BestAccuracy != want.Accuracy {
			t.Errorf("by %s step %d is kept, loss %v, accuracy %v; expected that of %+v", by, done.BestStep, done.BestLoss, done.BestAccuracy, want)
		}
		steps[by] = done.BestStep
	}
	if steps[objective.ByLoss] != steps["loss"] || steps[objective.ByLoss] == steps[objective.Last] {
		t.Errorf("the kept steps are %v: the trainings do not distinguish the criteria", steps)
	}
}

func TestBestByFaults(t *testing.T) {
	for name, c := range map[string]struct {
		field  string
		change func(*Training)
	}{
		"unknown":                 {"training.metric_for_best_model", func(t *Training) { t.MetricForBestModel = "f1" }},
		"patience without effect": {"training.patience", func(t *Training) { t.MetricForBestModel, t.Patience = objective.Last, 3 }},
		"in upper case":           {"training.metric_for_best_model", func(t *Training) { t.MetricForBestModel = "Loss" }},
	} {
		e := toy(t)
		c.change(&e.Training)
		_, err := Open(filepath.Join(t.TempDir(), name), e, Options{Backend: testenv.GoBackend(t)})
		toytest.WantField(t, err, c.field)
	}
}
