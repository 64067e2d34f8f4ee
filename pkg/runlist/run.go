package runlist

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// read reads one run. The error is the reason why it cannot be compared.
func read(root, name string) (*Run, error) {
	folder, err := runfolder.Open(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, noRun(filepath.Join(root, name))
	}
	if err != nil {
		return nil, err
	}
	if folder.Kind() == runfolder.EvaluationKind {
		return nil, errors.New("an evaluation of a trained model: see its " + runfolder.EvaluationFile)
	}
	r := &Run{Name: name, State: Begun, Experiment: new(finetune.Experiment)}
	if err := folder.Experiment(r.Experiment); err != nil {
		var fields map[string]json.RawMessage
		if other := folder.Experiment(&fields); other == nil && fields["texts"] != nil && fields["data"] == nil {
			return nil, errors.New("a pre-training, which has no accuracy on test examples")
		} else if other == nil && fields["base"] != nil && fields["fields"] != nil {
			return nil, fmt.Errorf("a sweep: list the runs of its trials by themselves: %s", folder.Path("trials"))
		}
		return nil, err
	}
	if t := r.Experiment.Task; mainMetric(t) == "" {
		return nil, fmt.Errorf("its task is %s, whose results cannot be listed yet: compare its %s", t, runfolder.ReportFile)
	}
	if writer, known := folder.Writer(); known {
		r.Writer = writer
	} else {
		r.LastWriter = writer
	}
	if r.settings, err = settingsOf(r.Experiment); err != nil {
		return nil, err
	}
	if err := r.readResults(folder); err != nil {
		return nil, err
	}
	return r, r.readTestSet(folder)
}

// noRun describes a folder without experiment.json.
func noRun(dir string) error {
	nested, _ := filepath.Glob(filepath.Join(dir, "*", runfolder.ExperimentFile))
	if len(nested) > 0 {
		return fmt.Errorf("contains run folders, but is none: list it by itself: %s", dir)
	}
	entries, err := os.ReadDir(dir)
	switch {
	case err != nil:
		return err
	case !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name()[0] != '.' }):
		return errors.New("is empty: its experiment failed before the first result, or is starting")
	}
	return fmt.Errorf("is not a run folder: it contains no %s", runfolder.ExperimentFile)
}

// readResults reads the newest results. Each file is written as a whole, so that the results
// are those of one moment, even if another process writes the next ones.
func (r *Run) readResults(folder *runfolder.Folder) error {
	var report finetune.Report
	found, err := readIfPresent(folder, runfolder.ReportFile, &report)
	if err != nil {
		return err
	}
	if found {
		before, after := sides(&report)
		r.Before, r.After = ScoreOf(before), ScoreOf(after)
		if r.Before == nil || r.After == nil || report.Training == nil {
			return fmt.Errorf("%s has no field before, after or training: delete it and run the experiment again", folder.Path(runfolder.ReportFile))
		}
		r.State = Complete
		r.readTrained(report.Training)
		r.AdapterBytes = report.AdapterBytes
		r.examples, r.classes = sizeOf(after)
		return nil
	}
	var baseline finetune.Baseline
	if found, err = readIfPresent(folder, runfolder.BaselineFile, &baseline); err != nil {
		return err
	}
	if found {
		if r.Before = ScoreOf(baseline.Evaluation); r.Before == nil {
			return fmt.Errorf("%s has no field metrics: delete it and run the experiment again", folder.Path(runfolder.BaselineFile))
		}
		r.State = Baseline
		r.examples, r.classes = sizeOf(baseline.Evaluation)
	}
	return r.readTraining(folder)
}

func readIfPresent(folder *runfolder.Folder, name string, v any) (found bool, err error) {
	err = folder.Read(name, v)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// readTrained takes over the figures of a finished training.
func (r *Run) readTrained(t *finetune.Trained) {
	r.Step, r.Steps, r.TrainingSeconds = t.Steps, t.Planned, t.Seconds
	r.Trainable, r.PeakBytes = t.Trainable, t.PeakBytes
}

// readTraining reads the position of a training without a report.
func (r *Run) readTraining(folder *runfolder.Folder) error {
	var trained finetune.Trained
	found, err := readIfPresent(folder, runfolder.TrainingFile, &trained)
	if err != nil {
		return err
	}
	if found {
		r.State = Trained
		r.readTrained(&trained)
		return nil
	}
	var at trainer.Position
	if err := trainer.ReadPosition(folder, &at); err != nil {
		return err
	}
	lines, err := folder.ReadHistory()
	if err != nil {
		return err
	}
	r.Step, r.TrainingSeconds = at.Step, at.Seconds
	for _, line := range lines {
		// The history is ahead of the checkpoint while a training runs.
		if r.Writer != "" && line.Step > r.Step {
			r.Step, r.TrainingSeconds = line.Step, line.Elapsed
		}
		if line.Step > 0 && line.Epoch > 0 {
			r.Steps = int(math.Round(float64(line.Step)/line.Epoch)) * r.Experiment.Training.Epochs
		}
	}
	if r.Step > 0 {
		r.State = Stopped
	}
	return nil
}

// sides returns the evaluations of a report.
func sides(r *finetune.Report) (before, after evaluation.Evaluation) {
	before, after = evaluation.Evaluation{Metrics: r.Before}, evaluation.Evaluation{Metrics: r.After}
	if r.MultiLabel != nil {
		before.MultiLabel, after.MultiLabel = r.MultiLabel.Before, r.MultiLabel.After
	}
	if r.Regression != nil {
		before.Regression, after.Regression = r.Regression.Before, r.Regression.After
	}
	if r.Tags != nil {
		before.Tags, after.Tags = r.Tags.Before, r.Tags.After
	}
	return before, after
}

// sizeOf returns the numbers of test examples and of classes.
func sizeOf(e evaluation.Evaluation) (examples, classes int) {
	switch {
	case e.MultiLabel != nil:
		return e.MultiLabel.Examples, len(e.MultiLabel.Classes)
	case e.Regression != nil:
		return e.Regression.Examples, 0
	case e.Tags != nil:
		return e.Tags.Sentences, len(e.Tags.Types)
	}
	return e.Metrics.Examples, len(e.Metrics.Classes)
}

// readTestSet finds what identifies the test examples: the texts of the test half, and the IDs
// and labels of the examples that were measured.
func (r *Run) readTestSet(folder *runfolder.Folder) error {
	e, digests := r.Experiment, folder.Inputs()["data"]
	half := digests["test"] + digests["labels"]
	if half == "" { // not read yet, or a folder of an earlier version
		half = e.Data.Source
	}
	seed := cmp.Or(e.Data.Seed, e.Seed)
	if e.Data.Test == -1 {
		seed = 0 // all examples, whatever the seed
	}
	plan := []any{half, e.Data.Test, seed}
	if e.Task != "" {
		plan = append(plan, e.Task)
	}
	r.testPlan = hash(plan...)
	if r.examples == 0 && e.Data.Test > 0 {
		r.examples = e.Data.Test
	}
	if r.Before == nil {
		return nil
	}
	examples, err := answers(folder, e.Task)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s, which names the test examples, is missing: delete %s and run the experiment again",
			folder.Path(runfolder.BaselinePredictionsFile), runfolder.BaselineFile)
	}
	if err != nil {
		return err
	}
	slices.Sort(examples) // the order follows from the seed
	if e.Task != "" {
		examples = append(examples, string(e.Task))
	}
	r.testSet = hash(half, examples)
	return nil
}

// answers returns a text for each test example, with its ID and its right answer.
func answers(folder *runfolder.Folder, task data.Task) (list []string, err error) {
	add := func(ids []string, i int, format string, answer any) {
		id := fmt.Sprint("row ", i)
		if ids != nil {
			id = ids[i]
		}
		list = append(list, fmt.Sprintf("%q is "+format, id, answer))
	}
	switch task {
	case data.MultiLabel:
		p, err := folder.ReadMultiLabelPredictions(runfolder.BaselinePredictionsFile)
		if err != nil {
			return nil, err
		}
		for i, labels := range p.Labels {
			names := make([]string, len(labels))
			for at, label := range labels {
				names[at] = p.Classes[label]
			}
			add(p.IDs, i, "%q", names)
		}
		return list, nil
	case data.TokenClassification:
		p, err := folder.ReadTagPredictions(runfolder.BaselinePredictionsFile)
		if err != nil {
			return nil, err
		}
		for i, tags := range p.Labels {
			names := make([]string, len(tags))
			for at, tag := range tags {
				names[at] = p.Classes[tag]
			}
			add(p.IDs, i, "%q", names)
		}
		return list, nil
	case data.Regression:
		p, err := folder.ReadRegressionPredictions(runfolder.BaselinePredictionsFile)
		if err != nil {
			return nil, err
		}
		for i, value := range p.Values {
			add(p.IDs, i, "%v", value)
		}
		return list, nil
	}
	p, err := folder.ReadPredictions(runfolder.BaselinePredictionsFile)
	if err != nil {
		return nil, err
	}
	for i, label := range p.Labels {
		add(p.IDs, i, "%q", p.Classes[label])
	}
	return list, nil
}

// hash shortens values to an identifier.
func hash(values ...any) string {
	content, _ := json.Marshal(values) // strings and integers: it has no way to fail
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:4])
}
