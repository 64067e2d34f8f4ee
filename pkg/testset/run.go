package testset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// plan is the content of the result's experiment.json: all that decides the predictions. Places and names
// of files are not part of it.
type plan struct {
	Kind     string       `json:"kind"` // "evaluation"
	Examples planExamples `json:"examples"`
	Model    planModel    `json:"model"`
	Seed     int64        `json:"seed"` // of the intervals
}

type planExamples struct {
	Part   Part   `json:"part"`
	Number int    `json:"number"`
	Digest string `json:"digest"` // of the texts, the answers and the ids
}

type planModel struct {
	Task       data.Task           `json:"task"`
	Classes    []string            `json:"classes"`
	MaxLength  int                 `json:"max_length"`
	Truncation encoding.Truncation `json:"truncation,omitzero"`
	Digest     string              `json:"digest"` // classify.Classifier.Digest
}

// Run evaluates the model of c on labelled examples of set, which was opened for the task of c, and
// writes the metrics (evaluation.json) and the predictions (evaluation_predictions.jsonl) to the folder
// dir. The predictions are stored part by part: if ctx ends, the same call continues, and the result is
// the same, to the bit. A finished evaluation is read.
//
// The error is a *ClassesError for classes that the model lacks, a *classify.PairsError for single texts and
// a model of pairs, a *runfolder.ChangedError for a folder with another evaluation or a run, and a
// *runfolder.BusyError for a folder that another process writes to.
func Run(ctx context.Context, dir string, c *classify.Classifier, set *data.Dataset, o Options) (_ *Report, err error) {
	if c == nil || set == nil {
		return nil, errors.New("testset: the classifier or the data set is nil, expected an opened classifier and data set")
	}
	if err := o.complete(); err != nil {
		return nil, err
	}
	chosen, err := o.choose(set)
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
		return nil, &classify.PairsError{}
	}
	seen, err := seenInTraining(o.TrainedIn, set, chosen)
	if err != nil {
		return nil, err
	}
	before, err := readAgainst(o.Against, task, examples)
	if err != nil {
		return nil, err
	}
	digest, err := c.Digest()
	if err != nil {
		return nil, err
	}
	prepared, err := c.Prepare(examples)
	if err != nil {
		return nil, err
	}
	cut := prepared.Cut()
	p := plan{
		Kind: "evaluation", Seed: o.Seed,
		Examples: planExamples{o.Part, len(examples), inputs.ExamplesDigest(examples)},
		Model:    planModel{task, classes, cut.MaxLength, cut.Truncation, digest},
	}
	root, name := filepath.Split(filepath.Clean(dir))
	folder, err := runfolder.Create(root, name, p, runfolder.CurrentEnvironment(c.Engine()))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, folder.Withdraw(err), folder.Close()) }()
	finished := folder.Has(runfolder.EvaluationFile)
	report, err := runfolder.Once(folder, runfolder.EvaluationFile, func() (*Report, error) {
		r := &Report{Data: o.Data, Model: o.Model, Part: o.Part, Task: task, Seen: seen, Length: cut, UnknownTokens: prepared.UnknownTokens(c.Model().Tokenizer), Notes: set.Notes}
		r.Warnings = warnings(c, set, examples, r.UnknownTokens, seen)
		r.warn(o.Progress)
		s := stored{c: c, folder: folder, task: task, progress: o.Progress}
		predictions, seconds, err := s.predict(ctx, prepared, o.partExamples)
		if err != nil {
			return nil, err
		}
		e, err := evaluation.Measure(ctx, predictions, o.Seed)
		if err != nil {
			return nil, err
		}
		r.Evaluation = *e
		r.Evaluation.Seconds = seconds
		if err := evaluation.WritePredictions(folder, runfolder.EvaluationPredictionsFile, predictions); err != nil {
			return nil, err
		}
		return r, s.clean()
	})
	if err != nil {
		return nil, err
	}
	if finished {
		report.warn(o.Progress)
	}
	report.Comparison, err = before.compare(ctx, folder, task, o.Seed)
	return report, err
}

// setTask returns the task of a data set.
func setTask(set *data.Dataset) data.Task {
	if set.Task == "" {
		return data.SingleLabel
	}
	return set.Task
}

// stored predicts examples part by part, and stores the predictions of each part.
type stored struct {
	c        *classify.Classifier
	folder   *runfolder.Folder
	task     data.Task
	progress progress.Progress
	files    []string
}

// predict returns the predictions of all examples in their order, and the seconds of the computation in
// this process. A part has at least n examples.
func (s *stored) predict(ctx context.Context, examples *classify.Prepared, n int) (*classify.TaskPredictions, float64, error) {
	parts := examples.Parts(n)
	var all []*classify.TaskPredictions
	var numbers []int
	total := len(examples.Numbers())
	bar := s.progress.Begin("evaluating", total, s.done(parts))
	defer bar.End()
	began := time.Now()
	for i, part := range parts {
		file := partFile(i)
		s.files = append(s.files, file)
		p, err := s.read(file, part)
		if err != nil {
			if p, err = s.c.PredictPrepared(ctx, part, within{bar, len(numbers)}, ""); err != nil {
				return nil, 0, err
			}
			if err := evaluation.WritePredictions(s.folder, file, p); err != nil {
				return nil, 0, err
			}
		}
		all = append(all, p)
		numbers = append(numbers, part.Numbers()...)
	}
	order := make([]int, total) // position of each example in the parts
	for at, number := range numbers {
		order[number] = at
	}
	return classify.Join(all...).Select(order...), time.Since(began).Seconds(), nil
}

// read returns the stored predictions of a part. A file that is missing or damaged, or that has other
// examples since another version of this module made the parts, is an error: its part is predicted again.
func (s *stored) read(file string, part *classify.Prepared) (*classify.TaskPredictions, error) {
	p, err := evaluation.ReadPredictions(s.folder, file, s.task)
	if err == nil && !slices.Equal(p.IDs(), part.IDs()) {
		err = fmt.Errorf("%s has other examples", s.folder.Path(file))
	}
	return p, err
}

// done returns the number of examples with stored predictions.
func (s *stored) done(parts []*classify.Prepared) (n int) {
	for i, part := range parts {
		if s.folder.Has(partFile(i)) {
			n += len(part.Numbers())
		}
	}
	return n
}

// clean removes the predictions of the parts.
func (s *stored) clean() (err error) {
	for _, file := range s.files {
		if e := os.Remove(s.folder.Path(file)); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// partFile returns the file of the predictions of the i-th part.
func partFile(i int) string { return fmt.Sprintf("evaluation_part_%04d.jsonl", i) }

// within shows the progress of a part in the bar of all parts.
type within struct {
	bar  progress.Task
	done int // examples of the parts before
}

func (w within) Begin(string, int, int) progress.Task { return w }
func (w within) Note(string)                          {}
func (w within) Update(s progress.Status)             { s.Done += w.done; w.bar.Update(s) }
func (w within) End()                                 {}
