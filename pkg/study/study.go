package study

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Variant is a named change of an experiment.
type Variant struct {
	Name            string          // in results, and of the run folders; required
	Method          finetune.Method // default finetune.LoRA
	Adapter         lora.Config     // of the method LoRA
	LoRAPlusLRRatio float64         // of LoRA+; default that of the experiment
	LearningRate    float64         // where the search for the peak begins; default that of the experiment
}

// Study is the plan of a comparison: what all variants have in common.
type Study struct {
	// Dir is the folder of the run folders: one per variant, learning rate and seed.
	Dir string
	// Base is the experiment that the variants change. Its seed is the first one, and selects the
	// examples of all trainings (finetune.Data.Seed) unless Data.Seed is set.
	Base finetune.Experiment
	// Seeds is the number of trainings of each variant: with the seed of Base, the next one, and
	// so on. Default 3.
	Seeds int
	// Options are those of each run.
	Options finetune.Options
}

// seeds returns the number of seeds, or an error.
func (s Study) seeds() (int, error) {
	if s.Seeds < 0 {
		return 0, fmt.Errorf("study: Seeds is %d, expected at least 1, or 0 for 3", s.Seeds)
	}
	return cmp.Or(s.Seeds, 3), nil
}

// experiment returns the training of a variant with a learning rate and the seed number index,
// from 0.
func (s Study) experiment(v Variant, rate float64, index int) (finetune.Experiment, error) {
	e := s.Base
	e.Method, e.Adapter, e.Training.LearningRate = v.Method, v.Adapter, rate
	if v.LoRAPlusLRRatio != 0 {
		e.Training.LoRAPlusLRRatio = v.LoRAPlusLRRatio
	}
	e, err := e.WithDefaults()
	if err != nil {
		return e, fmt.Errorf("variant %q: %w", v.Name, err)
	}
	e.Data.Seed = cmp.Or(e.Data.Seed, e.Seed)
	e.Seed += int64(index)
	return e, nil
}

// folder returns the run folder of a training.
func (s Study) folder(v Variant, e finetune.Experiment) string {
	name := strings.NewReplacer(" = ", "-", ", ", "-", " ", "-", "+", "-plus", "/", "-").Replace(v.Name)
	rate := strings.ReplaceAll(strconv.FormatFloat(e.Training.LearningRate, 'g', -1, 64), "+", "")
	return filepath.Join(s.Dir, fmt.Sprintf("%s-rate-%s-seed-%d", name, rate, e.Seed))
}

// open opens the run of a training.
func (s Study) open(v Variant, rate float64, index int) (*finetune.Run, error) {
	e, err := s.experiment(v, rate, index)
	if err != nil {
		return nil, err
	}
	if v.Name == "" {
		return nil, errors.New("study: Variant.Name is empty, expected a name for results and run folders")
	}
	run, err := finetune.Open(s.folder(v, e), e, s.Options)
	if err != nil {
		return nil, fmt.Errorf("variant %q: %w", v.Name, err)
	}
	return run, nil
}

// announce shows which training follows, unless the folder already contains it.
func (s Study) announce(run *finetune.Run) {
	if state, err := run.TrainingState(); s.Options.Progress == nil || err == nil && state.Done {
		return
	}
	s.Options.Progress.Note(fmt.Sprintf("training with the learning rate %g, seed %d", run.Experiment.Training.LearningRate, run.Experiment.Seed))
}

// Result is a trained variant.
type Result struct {
	Variant Variant
	Search  *Search
	// One of each per seed: the report, and the predictions on the test examples.
	Reports     []*finetune.Report
	Predictions []*classify.TaskPredictions
	Environment runfolder.Environment // of the last training
}

// Run finds the learning rate of a variant with [Study.Tune], trains it with every seed and
// evaluates it on the test examples. If ctx ends, the error matches [finetune.ErrStopped], and
// the next call resumes.
func (s Study) Run(ctx context.Context, v Variant) (*Result, error) {
	seeds, err := s.seeds()
	if err != nil {
		return nil, err
	}
	search, err := s.Tune(ctx, v)
	if err != nil {
		return nil, err
	}
	result := &Result{Variant: v, Search: search}
	for index := range seeds {
		if err := result.add(ctx, s, index); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// add trains and evaluates with one more seed.
func (r *Result) add(ctx context.Context, s Study, index int) (err error) {
	run, err := s.open(r.Variant, r.Search.Rate, index)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	s.announce(run)
	report, err := run.Report(ctx)
	if err != nil {
		return fmt.Errorf("variant %q, seed %d: %w", r.Variant.Name, run.Experiment.Seed, err)
	}
	predictions, err := evaluation.ReadPredictions(run.Folder, runfolder.ReportPredictionsFile, run.Experiment.Task)
	if err != nil {
		return err
	}
	r.Environment = run.Folder.Environment()
	r.Reports, r.Predictions = append(r.Reports, report), append(r.Predictions, predictions)
	return nil
}
