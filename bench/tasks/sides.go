package main

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lorabook/lorabook/bench/internal/side"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
)

//go:embed peer.py
var peerScript string

// The peer's files of examples.
const (
	trainFile = "train.jsonl"
	testFile  = "test.jsonl"
)

// Names of the metrics.
const (
	accuracy = "accuracy"
	microF1  = "micro F1"
	pearson  = "Pearson"
	entityF1 = "entity F1"
)

// result is the outcome of a side's training with one seed, on the test examples.
type result struct {
	Metric   float64 `json:"metric"`  // the task's, -1 to 1
	Loss     float64 `json:"loss"`    // mean cross-entropy, nats, or squared error
	Before   float64 `json:"before"`  // Metric before the training
	Seconds  float64 `json:"seconds"` // of the training
	Steps    int     `json:"steps"`   // number of updates
	Trained  int     `json:"trained"` // number of trainable parameters
	Versions string  `json:"versions"`
}

// pair holds both sides' results with one seed.
type pair struct {
	job        job
	ours, peer result
}

// ours trains with lorabook. The folder of the run keeps the result. The peer's files are written
// into it.
func (s settings) ours(ctx context.Context, t task, source string, seed int64) (result, recipe, error) {
	how := t.recipe(seed)
	r, err := finetune.Open(s.folder(t, seed), how.experiment(s.model, source, t), finetune.Options{})
	if err != nil {
		return result{}, how, err
	}
	defer r.Close()
	examples, err := r.Examples(ctx)
	if err != nil {
		return result{}, how, err
	}
	how.Labels = examples.Labels
	for name, list := range map[string][]data.Example{trainFile: examples.Train, testFile: examples.Test} {
		rows, err := peerRows(how.Task, list, len(examples.Labels))
		if err == nil {
			err = writeRows(filepath.Join(s.peerFolder(t, seed), name), rows)
		}
		if err != nil {
			return result{}, how, err
		}
	}
	report, err := r.Report(ctx)
	if err != nil {
		return result{}, how, err
	}
	out := result{Seconds: report.Training.Seconds, Steps: report.Training.Steps, Trained: report.Training.Trainable, Versions: side.Versions(r.Engine())}
	return out.with(report), how, nil
}

// with returns the result with the metrics of a report.
func (r result) with(report *finetune.Report) result {
	switch {
	case report.MultiLabel != nil:
		before, after := report.MultiLabel.Before, report.MultiLabel.After
		r.Metric, r.Loss, r.Before = after.MicroF1, after.Loss, before.MicroF1
	case report.Regression != nil:
		before, after := report.Regression.Before, report.Regression.After
		r.Metric, r.Before = valueOf(after.Pearson.Value), valueOf(before.Pearson.Value)
		r.Loss = valueOf(after.RMSE.Value) * valueOf(after.RMSE.Value)
	case report.Tags != nil:
		before, after := report.Tags.Before, report.Tags.After
		r.Metric, r.Loss, r.Before = after.F1, after.Loss, before.F1
	default:
		r.Metric, r.Loss, r.Before = report.After.Accuracy, report.After.Loss, report.Before.Accuracy
	}
	return r
}

// valueOf returns 0 for a correlation that is undefined: an untrained model may give all examples
// the same answer.
func valueOf(v *float64) float64 {
	if v == nil {
		return 0
	}
	return *v
}

// job is one training of the peer.
type job struct {
	Folder string `json:"folder"` // with the files that ours wrote
	Key    string `json:"key"`    // digest of what determines the result
	Recipe recipe `json:"recipe"`
}

// kept is the file that the peer writes at the end of a job.
type kept struct {
	Key    string `json:"key"`
	Result result `json:"result"`
}

const resultFile = "result.json"

// newJob returns the training of a recipe with the model in dir on the files in folder.
func newJob(dir, folder string, how recipe) (job, error) {
	digest := sha256.New()
	for _, part := range []any{dir, peerScript, how} {
		if err := json.NewEncoder(digest).Encode(part); err != nil {
			return job{}, err
		}
	}
	for _, name := range []string{trainFile, testFile} {
		content, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return job{}, err
		}
		digest.Write(content)
	}
	return job{folder, hex.EncodeToString(digest.Sum(nil)), how}, nil
}

// result returns the result of the job, if the job is done.
func (j job) result() (r result, done bool, err error) {
	file := filepath.Join(j.Folder, resultFile)
	content, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return result{}, false, nil
	case err != nil:
		return result{}, false, err
	}
	var found kept
	if err := json.Unmarshal(content, &found); err != nil {
		return result{}, false, fmt.Errorf("%s: %w", file, err)
	}
	return found.Result, found.Key == j.Key, nil
}

// peer trains with Trainer and PEFT, in one process in Python. It does not repeat jobs that are
// done.
func (s settings) peer(ctx context.Context, dir string, jobs []job) error {
	var missing []job
	for _, j := range jobs {
		_, done, err := j.result()
		if err != nil {
			return err
		}
		if !done {
			missing = append(missing, j)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	text, err := json.Marshal(missing)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, s.python, "-c", peerScript, dir, string(text))
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", s.python, err)
	}
	return nil
}

// folder returns the run folder of a task with a seed.
func (s settings) folder(t task, seed int64) string {
	return filepath.Join(s.runs, fmt.Sprintf("%s-seed-%d", t.name, seed))
}

// peerFolder returns the folder of the peer's files.
func (s settings) peerFolder(t task, seed int64) string { return s.folder(t, seed) + "-peer" }
