package sweepchart

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runlist"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/sweep"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// TestSweepWithCharts runs a sweep by successive halving, and shows its trials while they end, its
// best trial and its cost.
func TestSweepWithCharts(t *testing.T) {
	p := sweep.Plan{
		Base: finetune.Experiment{
			Model: toytest.Model(t), Seed: 3,
			Data:     splits.Config{Source: toytest.Data(t), Train: 48, Validation: 40, Test: 40, MaxLength: 20},
			Adapter:  lora.Config{R: 4, Alpha: 8},
			Training: finetune.Training{Epochs: 3, LearningRate: 1e-5},
		},
		Method: sweep.Halving,
		Fields: []sweep.Field{
			{Name: "training.learning_rate", Values: []any{1e-4, 2e-2}},
			{Name: "adapter.target_modules", Values: []any{[]string{"query"}, []string{"query", "value"}}},
		},
	}
	dir := filepath.Join(t.TempDir(), "sweep")
	states := map[chart.TrialState]bool{}
	scored := 0
	f, err := Run(t.Context(), dir, p, sweep.Options{Workers: 2, Backend: testenv.GoBackend(t), OnTrials: func(trials []sweep.Trial) error {
		s, err := Search(dir, p, trials)
		for _, x := range s.Trials {
			states[x.State] = true
			if strings.HasPrefix(x.Note, "accuracy ") && strings.Contains(x.Note, "95 % interval") && len(x.X) == 6 {
				scored++
			}
		}
		return err
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []chart.TrialState{chart.TrialWaiting, chart.TrialRunning, chart.TrialPaused, chart.TrialDone} {
		if !states[state] {
			t.Errorf("no trial was seen %s", state)
		}
	}
	if scored == 0 {
		t.Error("no finished trial had its accuracy with the interval and six points, two of each epoch, while the sweep ran")
	}
	if len(f.Tables) != 1 || !strings.Contains(strings.Join(f.Notes, "\n"), "The best of 2 finished trials") {
		t.Errorf("%d tables, notes %q", len(f.Tables), f.Notes)
	}
	r, err := sweep.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Search(dir, p, r.Trials)
	if err != nil {
		t.Fatal(err)
	}
	if want := []chart.Parameter{{Name: "training.learning_rate", Log: true}, {Name: "adapter.target_modules", Categories: []string{"query", "query, value"}}}; !reflect.DeepEqual(s.Parameters, want) || s.Objective != "validation loss, nats" || s.Higher {
		t.Errorf("parameters %+v of %q", s.Parameters, s.Objective)
	}
	for i, x := range s.Trials {
		trial := r.Trials[i]
		switch {
		case x.Default != (trial.Number == 0), x.Default && (x.Values[0] != 1e-5 || x.Values[1] != 1):
			t.Errorf("trial %d: %+v", trial.Number, x)
		case trial.State == queue.Paused && (x.State != chart.TrialPaused || *x.Value != trial.Rungs[0].Loss || !reflect.DeepEqual(x.X, []float64{1}) || !reflect.DeepEqual(x.Y, []float64{*x.Value}) || trial.Seconds() <= 0):
			t.Errorf("paused trial %d: %+v, %v s", trial.Number, x, trial.Seconds())
		case trial.State == queue.Done && (*x.Value != trial.Result.Loss || len(x.X) != 6 || x.X[5] != 3 || min(x.Y[0], x.Y[1], x.Y[2], x.Y[3], x.Y[4], x.Y[5]) != *x.Value || !strings.HasPrefix(x.Note, trial.Score.String()+" (95 % interval)")):
			t.Errorf("finished trial %d: %+v", trial.Number, x)
		}
	}
	// A finished sweep is shown at once, with the same result.
	again, err := Run(t.Context(), dir, p, sweep.Options{Backend: testenv.GoBackend(t)})
	if err != nil || !reflect.DeepEqual(again.Notes, f.Notes) {
		t.Errorf("%v, %q", err, again.Notes)
	}

	best, err := Best(t.Context(), dir, p)
	if err != nil {
		t.Fatal(err)
	}
	difference, interval, pValue := r.Test.Main()
	verdict := fmt.Sprintf("Difference: %+.1f points, 95 %% interval %+.1f to %+.1f; p = %.2g in a paired test", 100**difference, 100*interval.Low, 100*interval.High, *pValue)
	if len(best.Charts) != 1 || len(best.Tables) != 1 || !strings.HasPrefix(best.Charts[0].Takeaway(), verdict) {
		t.Errorf("%d charts, %d tables, %q, want %q", len(best.Charts), len(best.Tables), best.Notes, verdict)
	}
	if text := best.Charts[0].Text(); !strings.Contains(text, fmt.Sprintf("the default %.1f", 100*r.Test.SingleLabel.AccuracyBefore)) || !strings.Contains(text, fmt.Sprintf("trial %d %.1f", r.Best().Number, 100*r.Test.SingleLabel.AccuracyAfter)) {
		t.Errorf("the bars are %s", text)
	}

	c, err := costOf(p, r)
	if err != nil {
		t.Fatal(err)
	}
	var whole float64
	for i := range r.Trials {
		if x := &r.Trials[i]; x.State == queue.Paused {
			whole += 3 * x.Seconds() // of one epoch
		} else {
			whole += x.Result.Seconds
		}
	}
	// The default and one of four trials train for three epochs, three for one.
	if c.epochs != 9 || c.parts[0].trials != 2 || c.parts[1].trials != 3 || c.parts[1].epochs != 3 || !near(c.seconds, r.Seconds) || !near(c.whole, whole) {
		t.Errorf("cost %+v of %v s, want %v s to the end", c, r.Seconds, whole)
	}
	cost, err := Cost(dir, p)
	if err != nil || len(cost.Charts) != 1 || !strings.Contains(cost.Tables[0].Text(), "machine-minutes") {
		t.Errorf("%v, %+v", err, cost)
	}
}

// near reports whether two sums of the same numbers are equal.
func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*b }

func TestUnfinishedSweep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	if _, err := Best(t.Context(), dir, sweep.Plan{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Best: %v", err)
	}
	if _, err := Cost(dir, sweep.Plan{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Cost: %v", err)
	}
}

// Each field has the axis of its values.
func TestAxis(t *testing.T) {
	raw := func(values ...string) (out []json.RawMessage) {
		for _, v := range values {
			out = append(out, json.RawMessage(v))
		}
		return out
	}
	for name, c := range map[string]struct {
		field  sweep.Field
		values []json.RawMessage
		want   chart.Parameter
		places []float64
	}{
		"drawn in the logarithm": {sweep.Field{Name: "f", Low: 1, High: 2, Log: true}, raw("1.5", "1"), chart.Parameter{Name: "f", Log: true}, []float64{1.5, 1}},
		"drawn evenly":           {sweep.Field{Name: "f", Low: 1, High: 100}, raw("1.5", "90"), chart.Parameter{Name: "f"}, []float64{1.5, 90}},
		"a wide grid":            {sweep.Field{Name: "f", Values: []any{2, 16}}, raw("2", "16"), chart.Parameter{Name: "f", Log: true}, []float64{2, 16}},
		"a narrow grid":          {sweep.Field{Name: "f", Values: []any{4, 16}}, raw("4", "16"), chart.Parameter{Name: "f"}, []float64{4, 16}},
		"a grid with zero":       {sweep.Field{Name: "f", Values: []any{0, 0.1}}, raw("null", "0.1"), chart.Parameter{Name: "f"}, []float64{0, 0.1}},
		"models":                 {sweep.Field{Name: "f", Values: []any{"b", "a", "unused"}}, raw(`"a"`, `"b"`, `"base"`), chart.Parameter{Name: "f", Categories: []string{"b", "a", "base"}}, []float64{1, 0, 2}},
		"lists":                  {sweep.Field{Name: "f", Values: []any{[]int{10, 11}}}, raw("null", "[10,11]"), chart.Parameter{Name: "f", Categories: []string{"10, 11", "none"}}, []float64{1, 0}},
		"yes and no":             {sweep.Field{Name: "f", Values: []any{true}}, raw("false", "true"), chart.Parameter{Name: "f", Categories: []string{"true", "false"}}, []float64{1, 0}},
	} {
		parameter, places := axis(c.field, c.values)
		if !reflect.DeepEqual(parameter, c.want) || !reflect.DeepEqual(places, c.places) {
			t.Errorf("%s: %+v at %v, want %+v at %v", name, parameter, places, c.want, c.places)
		}
	}
}

// The trials of a search have the states and notes of those of the sweep, by any criterion.
func TestSearchStates(t *testing.T) {
	p := sweep.Plan{Base: finetune.Experiment{Training: finetune.Training{MetricForBestModel: objective.ByAccuracy}}, Fields: []sweep.Field{{Name: "seed", Values: []any{1, 2}}}}
	s, err := Search(t.TempDir(), p, []sweep.Trial{
		{Number: 0, State: queue.Done, Result: &queue.Result{Loss: 0.5, Accuracy: 0.75, BestStep: 3, Steps: 9}, Score: &runlist.Score{Metric: runlist.Accuracy, Value: 0.75, Interval: &significance.Interval{Low: 0.5, High: 0.875}}},
		{Number: 1, State: queue.Done, Result: &queue.Result{Diverged: "the loss is NaN"}},
		{Number: 2, State: queue.Parked, Failures: []string{"first", "out of memory\nat x"}},
		{Number: 3, State: queue.Paused, Rungs: []queue.Rung{{Epochs: 1, Accuracy: 0.5}, {Epochs: 3, Accuracy: 0.625}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if s.Objective != "validation accuracy, %" || !s.Higher {
		t.Errorf("the objective is %q, higher is better: %v", s.Objective, s.Higher)
	}
	for i, want := range []struct {
		state chart.TrialState
		value float64
		note  string
	}{
		{chart.TrialDone, 75, "accuracy 75.0 % (50.0 to 87.5) (95 % interval), best step 3 of 9"},
		{chart.TrialDiverged, 0, "the loss is NaN"},
		{chart.TrialParked, 0, "parked after 2 failures: out of memory"},
		{chart.TrialPaused, 62.5, "trained for 3 epochs"},
	} {
		x := s.Trials[i]
		if x.State != want.state || x.Note != want.note || (x.Value != nil) != (want.value > 0) || x.Value != nil && *x.Value != want.value {
			t.Errorf("trial %d: %+v, want %+v", i, x, want)
		}
	}
}

// Plans that differ have different folders.
func TestFolder(t *testing.T) {
	p := sweep.Plan{Base: finetune.Experiment{Data: splits.Config{Source: "sample"}}, Fields: []sweep.Field{{Name: "adapter.r", Values: []any{2, 4}}}}
	a := Folder(p)
	p.Fields[0].Values = []any{2, 8}
	if b := Folder(p); a == b || !strings.HasPrefix(b, "../runs/sweep-lorabook-tiny-sample-") || b != Folder(p) {
		t.Errorf("%s and %s", a, b)
	}
}
