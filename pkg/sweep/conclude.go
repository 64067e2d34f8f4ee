package sweep

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/runlist"
	"github.com/lorabook/lorabook/pkg/significance"
)

// conclude measures and compares the finished trials, and writes the result.
func (s *sweeper) conclude(ctx context.Context) (*Result, error) {
	result := &Result{Method: s.plan.Method}
	predictions := map[int]*classify.TaskPredictions{} // by number
	for i, t := range s.trials {
		x, err := s.trial(ctx, i)
		if err != nil {
			return nil, err
		}
		if x.finished() {
			if predictions[t.number], err = s.validation(t); err != nil {
				return nil, err
			}
		}
		result.Seconds += x.Seconds()
		result.Trials = append(result.Trials, x)
	}
	if err := result.test(ctx, predictions, s.plan.Base.Seed); err != nil {
		return nil, err
	}
	s.sort(result)
	if err := s.compareOnTest(ctx, result); err != nil {
		return nil, err
	}
	return result, s.folder.Write(ResultFile, result)
}

// trial returns a trial as it stands. The run folder of a finished one is here.
func (s *sweeper) trial(ctx context.Context, i int) (Trial, error) {
	t, r := s.trials[i], s.records[i]
	x := Trial{Number: t.number, Key: t.key, Settings: t.settings, State: r.State, Result: r.Result, Rungs: r.Rungs, Worker: r.Worker, Attempts: r.Attempts, Failures: r.Failures, Abandoned: r.Abandoned, Resumed: r.Resumed, Reason: r.Disagrees}
	if !x.finished() {
		return x, nil
	}
	x.Dir = filepath.ToSlash(filepath.Join(TrialsDir, filepath.Base(s.trialDir(t))))
	if s.scores[i] == nil {
		p, err := s.validation(t)
		if err != nil {
			return x, err
		}
		e, err := evaluation.Measure(ctx, p, t.experiment.Seed)
		if err != nil {
			return x, fmt.Errorf("trial %d: %w", t.number, err)
		}
		if s.scores == nil {
			s.scores = map[int]*runlist.Score{}
		}
		s.scores[i] = runlist.ScoreOf(*e)
	}
	x.Score = s.scores[i]
	return x, nil
}

// validation reads the predictions of a finished trial for the validation examples.
func (s *sweeper) validation(t planned) (*classify.TaskPredictions, error) {
	folder, err := runfolder.Open(filepath.Split(s.trialDir(t)))
	if err != nil {
		return nil, err
	}
	return evaluation.ReadPredictions(folder, runfolder.ValidationPredictionsFile, t.experiment.Task)
}

// test compares each trial with the default, with corrected p-values.
func (r *Result) test(ctx context.Context, predictions map[int]*classify.TaskPredictions, seed int64) error {
	standard := predictions[0]
	if standard == nil {
		return nil
	}
	var values []float64
	var tested []*Trial
	for i := range r.Trials {
		t := &r.Trials[i]
		mine := predictions[t.Number]
		if t.Number == 0 || mine == nil {
			continue
		}
		if t.Result.Validation != r.Trials[0].Result.Validation {
			t.Reason = cmp.Or(t.Reason, "it has other validation examples than the default, so that its numbers cannot be compared with those of the others")
			continue
		}
		c, err := evaluation.Compare(ctx, standard, mine, seed)
		if err != nil {
			return fmt.Errorf("trial %d: %w", t.Number, err)
		}
		if _, _, p := c.Main(); p != nil {
			t.PValue = p
			values, tested = append(values, *p), append(tested, t)
		}
	}
	r.Compared = len(values)
	adjusted, err := significance.Holm(values...)
	if err != nil {
		return err
	}
	for i, t := range tested {
		t.AdjustedP = &adjusted[i]
	}
	return nil
}

// sort puts the trials in the order of their values on the validation examples of the default.
// Those with other examples and those without a result follow.
func (s *sweeper) sort(r *Result) {
	standard := ""
	for _, t := range r.Trials {
		if t.finished() && (t.Number == 0 || standard == "") {
			standard = t.Result.Validation
			if t.Number == 0 {
				break
			}
		}
	}
	class := func(t *Trial) int {
		switch {
		case t.finished() && t.Result.Validation == standard:
			return 0
		case t.finished():
			return 1
		}
		return 2
	}
	value := func(t *Trial) *trainer.Result {
		if !t.finished() {
			return nil
		}
		return &trainer.Result{Loss: t.Result.Loss, Accuracy: t.Result.Accuracy, Metrics: t.Result.Metrics}
	}
	slices.SortStableFunc(r.Trials, func(a, b Trial) int {
		if c := class(&a) - class(&b); c != 0 {
			return c
		}
		x, y := value(&a), value(&b)
		switch {
		case s.better(x, y):
			return -1
		case s.better(y, x):
			return 1
		}
		if c := len(b.Rungs) - len(a.Rungs); c != 0 {
			return c // those that trained longer
		}
		return a.Number - b.Number
	})
}

// compareOnTest evaluates the default and the best trial on the test examples and compares them.
func (s *sweeper) compareOnTest(ctx context.Context, r *Result) error {
	best := r.Best()
	standard := slices.IndexFunc(r.Trials, func(t Trial) bool { return t.Number == 0 })
	switch {
	case best == nil:
		r.TestReason = "no trial has a result"
		return nil
	case best.Number == 0:
		r.TestReason = "the default is the best trial"
		return nil
	case !r.Trials[standard].finished():
		r.TestReason = "the default has no result"
		return nil
	}
	var sides []*classify.TaskPredictions
	for _, number := range []int{0, best.Number} {
		i := slices.IndexFunc(s.trials, func(t planned) bool { return t.number == number })
		p, err := s.predictTest(ctx, s.trials[i])
		if err != nil {
			return fmt.Errorf("trial %d on the test examples: %w", number, err)
		}
		sides = append(sides, p)
	}
	c, err := evaluation.Compare(ctx, sides[0], sides[1], s.plan.Base.Seed)
	if err != nil {
		r.TestReason = "the two have other test examples: " + err.Error()
		return nil
	}
	r.Test = c
	return nil
}

// predictTest computes the report of a trial, and returns its predictions.
func (s *sweeper) predictTest(ctx context.Context, t planned) (_ *classify.TaskPredictions, err error) {
	run, err := finetune.Open(s.trialDir(t), t.experiment, finetune.Options{Progress: s.options.Progress, Backend: s.options.Backend})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	if _, err := run.Report(ctx); err != nil {
		return nil, err
	}
	return evaluation.ReadPredictions(run.Folder, runfolder.ReportPredictionsFile, cmp.Or(t.experiment.Task, data.SingleLabel))
}
