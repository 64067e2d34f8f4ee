package ensemble

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/significance"
)

// Options are the settings of an evaluation.
type Options struct {
	Seed int64 // of the intervals and tests
}

// Ensemble is the evaluation of an ensemble, and of each of its models.
type Ensemble struct {
	evaluation.Evaluation
	Task   data.Task `json:"task"`
	Models []Model   `json:"models"`
	// Notes say what could not be compared, one sentence each.
	Notes []string `json:"notes,omitempty"`

	Predictions *classify.TaskPredictions `json:"-"` // of the ensemble, in the order of the first model
}

// Model is a model of an ensemble.
type Model struct {
	Dir        string                `json:"dir"` // its run folder
	Evaluation evaluation.Evaluation `json:"evaluation"`
	// Difference is that of the task's main metric (accuracy, micro F1, mean absolute error): the ensemble minus this
	// model, with its interval. PValue is that of the paired test, corrected for the number of models by Holm's method.
	// Each is nil if it is not defined.
	Difference *float64               `json:"difference,omitempty"`
	Interval   *significance.Interval `json:"interval,omitempty"`
	PValue     *float64               `json:"p_value,omitempty"`
}

// Evaluate evaluates the mean of the models whose predictions are in the folders. At least two folders are
// expected, each once, with predictions of the same task for the same examples: other ids, answers, classes or texts
// are an error that names the folders. Nothing is written.
func Evaluate(ctx context.Context, dirs []string, o Options) (*Ensemble, error) {
	if len(dirs) < 2 {
		return nil, fmt.Errorf("ensemble: found %d folders, expected at least 2: runs with a report, or evaluations", len(dirs))
	}
	var first *evaluation.Finished
	files := map[string]string{} // of the folders
	var predictions []*classify.TaskPredictions
	e := &Ensemble{}
	for i, dir := range dirs {
		f, err := evaluation.ReadFinished(dir)
		if err != nil {
			return nil, fmt.Errorf("ensemble: %w", err)
		}
		place, err := filepath.EvalSymlinks(f.File)
		if err != nil {
			return nil, fmt.Errorf("ensemble: %w", err)
		}
		if before := files[place]; before != "" {
			return nil, fmt.Errorf("ensemble: %s and %s are the same folder, expected each once", before, dir)
		}
		files[place] = dir
		if i == 0 {
			first, e.Task = f, f.Predictions.Task()
		} else if f.Predictions, err = e.join(first, f); err != nil {
			return nil, fmt.Errorf("ensemble: %s (before) and %s (after): %w", dirs[0], dir, err)
		}
		predictions = append(predictions, f.Predictions)
	}
	var err error
	if e.Predictions, err = evaluation.Mean(predictions...); err != nil {
		return nil, fmt.Errorf("ensemble: %w", err)
	}
	measured, err := evaluation.Measure(ctx, e.Predictions, o.Seed)
	if err != nil {
		return nil, err
	}
	e.Evaluation = *measured
	if err := e.compare(ctx, dirs, predictions, o.Seed); err != nil {
		return nil, err
	}
	return e, nil
}

// compare sets the models, each with the difference between the ensemble and it.
func (e *Ensemble) compare(ctx context.Context, dirs []string, predictions []*classify.TaskPredictions, seed int64) error {
	var tested []int // models with a p-value
	var pValues []float64
	for i, p := range predictions {
		measured, err := evaluation.Measure(ctx, p, seed)
		if err != nil {
			return fmt.Errorf("ensemble: %s: %w", dirs[i], err)
		}
		c, err := evaluation.Compare(ctx, p, e.Predictions, seed)
		if err != nil {
			return fmt.Errorf("ensemble: %s: %w", dirs[i], err)
		}
		m := Model{Dir: dirs[i], Evaluation: *measured}
		m.Difference, m.Interval, m.PValue = c.Main()
		if m.PValue != nil {
			tested, pValues = append(tested, i), append(pValues, *m.PValue)
		}
		e.Models = append(e.Models, m)
	}
	adjusted, err := significance.Holm(pValues...)
	if err != nil {
		return err
	}
	for k, i := range tested {
		e.Models[i].PValue = &adjusted[k]
	}
	return nil
}
