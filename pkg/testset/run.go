package testset

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/numerals"
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
	Digest string `json:"digest"` // of the ids, the texts and the answers by name, in the order of the ids
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
// dir. The predictions are stored part by part: if ctx ends, the same call continues, and on the same engine
// and processor the result is the same, to the bit. A finished evaluation is read.
//
// The error is a *ClassesError for classes that the model lacks, a *runfolder.ChangedError for a folder with another evaluation, and a
// *runfolder.BusyError for a folder that another process writes to.
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
		return nil, errors.New("testset: the model was trained on pairs of texts, and the examples are single texts: name the column of the second text (--pair-column)")
	}
	if err := checkIDs(examples); err != nil {
		return nil, err
	}
	seen := trainedOn.seen(chosen)
	sum := digestOf(task, examples, classes)
	before, err := readAgainst(o.Against, task, classes, sum, chosen, examples)
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
		Kind: kind, Seed: o.Seed,
		Examples: planExamples{o.Part, len(examples), sum},
		Model:    planModel{task, classes, cut.MaxLength, cut.Truncation, modelDigest},
	}
	root, name := filepath.Split(filepath.Clean(dir))
	if err := checkFolder(root, name); err != nil {
		return nil, err
	}
	folder, err := runfolder.Create(root, name, p, runfolder.CurrentEnvironment(c.Engine()))
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
	s := stored{c: c, folder: folder, task: task, progress: o.Progress}
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
		r.Evaluation = *e
		r.Seconds = time.Since(began).Seconds()
		return r, evaluation.WritePredictions(folder, runfolder.EvaluationPredictionsFile, predictions)
	})
	if err != nil {
		return nil, err
	}
	// The names, and what is known of the training, are those of this call.
	r.Evaluation, r.Against = measured.Evaluation, o.Against
	if warning := r.belowChance(); warning != "" {
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

// kind is plan.Kind.
const kind = "evaluation"

// checkFolder refuses the folder of a run.
func checkFolder(root, name string) error {
	folder, err := runfolder.Open(root, name)
	if err != nil {
		return nil // there is none, or runfolder.Create returns the error
	}
	if folder.Kind() != kind {
		return fmt.Errorf("testset: the folder %s has a run, not an evaluation: name a new folder for the result", folder.Dir())
	}
	return nil
}

// digestOf returns the digest of examples with their answers by name, whatever their order.
func digestOf(task data.Task, examples []data.Example, classes []string) string {
	names := func(list []int) string {
		out := make([]string, len(list))
		for i, class := range list {
			out[i] = classes[class]
		}
		return fmt.Sprintf("%q", out)
	}
	sum := digest.NewStrings()
	for _, e := range slices.SortedFunc(slices.Values(examples), func(a, b data.Example) int { return strings.Compare(a.ID, b.ID) }) {
		answer := ""
		switch task {
		case data.MultiLabel:
			answer = names(e.Labels)
		case data.Regression:
			answer = fmt.Sprint(e.Value)
		case data.TokenClassification:
			answer = names(e.Tags) + fmt.Sprintf("%q", e.Words)
		default:
			answer = classes[e.Label]
		}
		sum.Add(e.ID, e.Text, e.TextPair, answer)
	}
	return sum.String()
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
}

// predict returns the predictions of all examples in their order. A part has at least n examples.
func (s *stored) predict(ctx context.Context, examples *classify.Prepared, n int) (*classify.TaskPredictions, error) {
	parts := examples.Parts(n)
	var all []*classify.TaskPredictions
	var numbers []int
	total := len(examples.Numbers())
	bar := s.progress.Begin("evaluating", total, s.done(parts))
	defer bar.End()
	for i, part := range parts {
		file := partFile(i)
		p, err := s.read(file, part)
		if err != nil {
			if p, err = s.c.PredictPrepared(ctx, part, within{bar, len(numbers), len(part.Numbers())}, ""); err != nil {
				if ctx.Err() != nil {
					s.progress.Note(fmt.Sprintf("the predictions for %s of %s examples are stored", numerals.Count(len(numbers)), numerals.Count(total)))
				}
				return nil, err
			}
			if err := evaluation.WritePredictions(s.folder, file, p); err != nil {
				return nil, err
			}
		}
		all = append(all, p)
		numbers = append(numbers, part.Numbers()...)
	}
	order := make([]int, total) // position of each example in the parts
	for at, number := range numbers {
		order[number] = at
	}
	return classify.Join(all...).Select(order...), nil
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

// clean removes the predictions of the parts, also those of another version of this module.
func (s *stored) clean() (err error) {
	files, _ := filepath.Glob(s.folder.Path(partFiles)) // the pattern is well-formed
	for _, file := range files {
		if e := os.Remove(file); e != nil && !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// partFiles matches the files of partFile.
const partFiles = "evaluation_part_*.jsonl"

// partFile returns the file of the predictions of the i-th part.
func partFile(i int) string { return fmt.Sprintf("evaluation_part_%04d.jsonl", i) }

// within shows the progress of a part in the bar of all parts.
type within struct {
	bar   progress.Task
	done  int // examples of the parts before
	total int // of this part
}

func (w within) Begin(string, int, int) progress.Task { return w }
func (w within) Note(string)                          {}
func (w within) End()                                 {}

// Update counts no more examples than the part has: a predictor counts the windows of an example.
func (w within) Update(s progress.Status) {
	s.Done = w.done + min(s.Done, w.total)
	w.bar.Update(s)
}
