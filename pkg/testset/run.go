package testset

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Run evaluates the model of c on labelled examples of set, which was opened for the task of c, and
// writes the metrics (evaluation.json) and the predictions (evaluation_predictions.jsonl) to the folder
// dir. The predictions are stored part by part: if ctx ends, the same call continues, and on the same engine
// and processor the result is the same, to the bit. On another one it continues with a warning, which the
// report has as well. A finished evaluation is read.
//
// The error is a *ClassesError for classes that the model lacks, a *runfolder.ChangedError for a folder with
// another evaluation, and a *runfolder.BusyError for a folder that another process writes to.
func Run(ctx context.Context, dir string, c *classify.Classifier, set *data.Dataset, o Options) (_ *Report, err error) {
	if c == nil || c.Model() == nil || set == nil {
		return nil, errors.New("testset: the classifier or the data set is nil or not opened, expected an opened classifier and data set")
	}
	began := time.Now()
	if err := o.complete(); err != nil {
		return nil, err
	}
	trainedOn, err := readTraining(o.TrainedIn, set)
	if err != nil {
		return nil, err
	}
	chosen, err := o.choose(set, trainedOn)
	if err != nil {
		return nil, err
	}
	task, classes := c.Task(), c.Model().Config.Labels
	if have := setTask(set); have != task {
		return nil, fmt.Errorf("testset: the data set was opened for the task %s, and the model's task is %s: open it for the model's (data.Opener.Task)", have, task)
	}
	examples, err := matched(set, chosen, task, classes, o.Classes)
	if err != nil {
		return nil, err
	}
	if c.Pairs() && !encoding.HasPairs(examples) {
		return nil, errors.New("testset: the model was trained on pairs of texts, and the examples are single texts: name the column of the second text (data.Columns.TextPair, --pair-column)")
	}
	if err := checkIDs(examples); err != nil {
		return nil, err
	}
	seen := trainedOn.seen(chosen)
	sum := digestOf(task, examples, classes)
	before, err := readAgainst(o.Against, task, classes, chosen, examples)
	if err != nil {
		return nil, err
	}
	modelDigest, err := c.Digest()
	if err != nil {
		return nil, err
	}
	prepared, err := c.Prepare(examples)
	if err != nil {
		return nil, err
	}
	cut := prepared.Cut()
	p := plan{
		Kind: runfolder.EvaluationKind, Seed: o.Seed,
		Examples: planExamples{o.Part, len(examples), sum},
		Model:    planModel{task, classes, cut.MaxLength, cut.Truncation, modelDigest},
	}
	root, name := filepath.Split(filepath.Clean(dir))
	if err := checkFolder(root, name); err != nil {
		return nil, err
	}
	machine := runfolder.CurrentEnvironment(c.Engine())
	folder, err := runfolder.Create(root, name, p, machine)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Withdraw(err), folder.Close()) }()
	r := &Report{Data: o.Data, Model: o.Model, Part: o.Part, Classes: o.Classes, Task: task, Seen: seen, Length: cut, UnknownTokens: prepared.UnknownTokens(c.Model().Tokenizer), Notes: set.Notes}
	if o.TrainedIn != "" && seen == nil {
		r.Notes = append(slices.Clone(r.Notes), fmt.Sprintf("it is not known whether the model was trained on some of them: %s is no run on these data, or does not have the ids of its examples", o.TrainedIn))
	}
	r.Warnings = warnings(c, set, examples, r)
	r.warn(o.Progress)
	s := stored{c: c, folder: folder, task: task, progress: o.Progress, machine: machine}
	measured, err := runfolder.Once(folder, runfolder.EvaluationFile, func() (*Report, error) {
		predictions, err := s.predict(ctx, prepared, o.partExamples)
		if err != nil {
			if ctx.Err() != nil {
				err = context.Cause(ctx)
			}
			return nil, err
		}
		e, err := evaluation.Measure(ctx, predictions, o.Seed)
		if err != nil {
			return nil, err
		}
		r.Evaluation, r.Machines = *e, s.machines
		r.Seconds = time.Since(began).Seconds()
		return r, evaluation.WritePredictions(folder, runfolder.EvaluationPredictionsFile, predictions)
	})
	if err != nil {
		return nil, err
	}
	if measured == nil || measured.IsEmpty() {
		return nil, &runfolder.DamagedError{File: folder.Path(runfolder.EvaluationFile), Err: errors.New("it has no metrics"), Remedy: "delete it and evaluate again: stored predictions are not computed again"}
	}
	// The names, and what is known of the training, are those of this call.
	r.Evaluation, r.Machines, r.Against = measured.Evaluation, measured.Machines, o.Against
	if warning := machinesWarning(r.Machines); warning != "" {
		r.Warnings = append(r.Warnings, warning)
		if !s.warned {
			o.Progress.Note(progress.WarningPrefix + warning)
		}
	}
	if warning := r.belowChance(); warning != "" {
		r.Warnings = append(r.Warnings, warning)
		o.Progress.Note(progress.WarningPrefix + warning)
	}
	if r.Comparison, err = before.compare(ctx, folder, task, o.Seed); err != nil {
		return nil, err
	}
	return r, s.clean()
}

// checkIDs refuses ids that cannot identify the examples.
func checkIDs(examples []data.Example) error {
	seen := make(map[string]bool, len(examples))
	for i, e := range examples {
		if e.ID == "" || seen[e.ID] {
			return fmt.Errorf("testset: example %d has the id %q, expected one that no other example has", i, e.ID)
		}
		seen[e.ID] = true
	}
	return nil
}

// setTask returns the task of a data set.
func setTask(set *data.Dataset) data.Task {
	if set.Task == "" {
		return data.SingleLabel
	}
	return set.Task
}
