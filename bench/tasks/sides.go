package main

import (
	"context"
	_ "embed"
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

// Names of the metrics.
const (
	accuracy = "accuracy"
	microF1  = "micro F1"
	pearson  = "Pearson"
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
	seed       int64
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
	for name, list := range map[string][]data.Example{"train": examples.Train, "test": examples.Test} {
		rows, err := peerRows(how.Task, list, len(examples.Labels))
		if err == nil {
			err = writeRows(filepath.Join(s.peerFolder(t, seed), name+".jsonl"), rows)
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

// kept is the peer's result in a file, with the settings that it belongs to.
type kept struct {
	Model, Script string
	Recipe        recipe
	Result        result
}

// job is one training of the peer.
type job struct {
	Folder string `json:"folder"` // with the files that ours wrote
	Recipe recipe `json:"recipe"`
}

// peer trains with Trainer and PEFT, in one process in Python, with each recipe of a task. The
// results of the same model, script and recipe are taken from the folders.
func (s settings) peer(ctx context.Context, t task, recipes []recipe, dir string) ([]result, error) {
	results := make([]result, len(recipes))
	var jobs []job
	var missing []int
	for i, how := range recipes {
		found, err := readKept(filepath.Join(s.peerFolder(t, how.Seed), resultFile))
		if err != nil {
			return nil, err
		}
		if want := (kept{dir, peerScript, how, found.Result}); !same(found, want) {
			jobs, missing = append(jobs, job{s.peerFolder(t, how.Seed), how}), append(missing, i)
		}
		results[i] = found.Result
	}
	if len(jobs) == 0 {
		return results, nil
	}
	text, err := json.Marshal(jobs)
	if err != nil {
		return nil, err
	}
	var measured []result
	if err := side.Read(exec.CommandContext(ctx, s.python, "-c", peerScript, dir, string(text)), &measured); err != nil {
		return nil, err
	}
	if len(measured) != len(jobs) {
		return nil, fmt.Errorf("%s: %d results, expected %d", s.python, len(measured), len(jobs))
	}
	for i, m := range measured {
		results[missing[i]] = m
		content, err := json.MarshalIndent(kept{dir, peerScript, jobs[i].Recipe, m}, "", "  ")
		if err == nil {
			err = os.WriteFile(filepath.Join(jobs[i].Folder, resultFile), content, 0o644)
		}
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

const resultFile = "result.json"

// readKept reads a peer's result; a file that does not exist has none.
func readKept(file string) (found kept, err error) {
	content, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return kept{}, nil
	case err != nil:
		return kept{}, err
	}
	if err := json.Unmarshal(content, &found); err != nil {
		return kept{}, fmt.Errorf("%s: %w", file, err)
	}
	return found, nil
}

func same(a, b kept) bool {
	first, err1 := json.Marshal(a)
	second, err2 := json.Marshal(b)
	return err1 == nil && err2 == nil && string(first) == string(second)
}

// folder returns the run folder of a task with a seed.
func (s settings) folder(t task, seed int64) string {
	return filepath.Join(s.runs, fmt.Sprintf("%s-seed-%d", t.name, seed))
}

// peerFolder returns the folder of the peer's files.
func (s settings) peerFolder(t task, seed int64) string { return s.folder(t, seed) + "-peer" }
