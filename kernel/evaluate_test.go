package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/pkg/testset"
)

// TestEvaluateArguments: missing and wrong flags are answered with the flag and an example.
func TestEvaluateArguments(t *testing.T) {
	set := writeFile(t, "set.csv", "text,label\na b,low\nk k,top\n")
	out := filepath.Join(t.TempDir(), "out")
	with := func(more ...string) []string {
		return append(append(evaluated(), "--data", set, "--out", out), more...)
	}
	for want, args := range map[string][]string{
		"--adapter is missing":                        {"--data", set, "--out", out},
		"--data is missing":                           append(evaluated(), "--out", out),
		"--out is missing":                            append(evaluated(), "--data", set),
		"the shell expands patterns":                  with("other.csv"),
		"missing.csv":                                 append(evaluated(), "--data", "missing.csv", "--out", out),
		"is \"nothing\", and there is no such column": with("--label-column", "nothing"),
		`Part is "half"`:                              with("--part", "half"),
		`no examples of the part "test"`:              with("--part", "test"),
		`the model has no ["awful"]`:                  with("--class", "low=awful"),
		`--class is "low"`:                            with("--class", "low"),
		`renames "low" to "mid" and to "top"`:         with("--class", "low=mid", "--class", "low=top"),
		"has 2 examples":                              with("-n", "3"),
		"is no run on the data set":                   with("--part", "run"),
		"found --label-separator":                     with("--label-separator", ";"),
		"contains no run":                             with("--against", filepath.Join(t.TempDir(), "none")),
		`BadRows`:                                     with("--bad-rows", "maybe"),
	} {
		t.Run(want, func(t *testing.T) {
			if printed, err := command(t, append([]string{"evaluate"}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("got %v, expected an error with %q; printed %s", err, want, printed)
			}
		})
	}
}

// TestEvaluateCommand evaluates an adapter on a table with other names of the classes, in another order,
// and compares two lengths.
func TestEvaluateCommand(t *testing.T) {
	set := writeFile(t, "set.csv", "id,text,stars\nx,a b k a b k a b k a b k,3\ny,k k,1\nz,c d e,1\n")
	dir := t.TempDir()
	args := append(append([]string{"evaluate"}, evaluated()...), "--data", set, "--class", "3=top", "--class", "1=low", "--json", "--out")
	evaluate := func(args ...string) (r testset.Report) {
		t.Helper()
		printed, err := command(t, args...)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(printed[strings.Index(printed, "{"):]), &r); err != nil {
			t.Fatalf("%v: %s", err, printed)
		}
		return r
	}
	first := evaluate(append(args, filepath.Join(dir, "first"))...)
	support := map[string]int{}
	for _, class := range first.Metrics.Classes {
		support[class.Name] = class.Support
	}
	if diff := cmp.Diff(map[string]int{"low": 2, "mid": 0, "top": 1}, support); diff != "" {
		t.Error(diff)
	}
	if first.Part != testset.All || first.Length.Long != 0 || first.Comparison != nil || !strings.Contains(strings.Join(first.Warnings, "\n"), `no example has the classes ["mid"]`) {
		t.Errorf("the report is %+v", first)
	}
	if diff := cmp.Diff(first, evaluate(append(args, filepath.Join(dir, "first"))...)); diff != "" {
		t.Errorf("the same command again: %s", diff)
	}
	second := evaluate(append(args, filepath.Join(dir, "second"), "--max-length", "4", "--against", filepath.Join(dir, "first"))...)
	if second.Length.Long != 2 || second.Comparison == nil || second.Comparison.SingleLabel.Examples != 3 {
		t.Errorf("the report of 4 tokens is %+v", second)
	}
	if runs, err := command(t, "runs", dir); err != nil || !strings.Contains(runs, "an evaluation of a trained model") {
		t.Errorf("kernel runs: %v\n%s", err, runs)
	}
	if _, err := command(t, append(args, filepath.Join(dir, "first"), "--max-length", "5")...); err == nil || !strings.Contains(err.Error(), "model.max_length: 20 in the folder, 5 now") || !strings.Contains(err.Error(), "--out FOLDER") {
		t.Errorf("another length in the same folder: %v", err)
	}
}

// evaluated returns the flags of a committed run with the classes low, mid and top.
func evaluated() []string {
	return []string{
		"--adapter", filepath.Join("..", "pkg", "finetune", "testdata", "runs", "finished"),
		"--model", filepath.Join("..", "pkg", "bert", "testdata", "encoder", "tiny"),
	}
}

// A run's adapter is known as the run's, and a run reads as many tokens as in its training.
func TestRunOf(t *testing.T) {
	run := filepath.Join("..", "pkg", "finetune", "testdata", "runs", "finished")
	for adapter, want := range map[string]string{run: run, filepath.Join(run, "adapter"): run, filepath.Join(run, "checkpoints"): "", "nowhere": "", "": ""} {
		if got := runOf(adapter); got != want {
			t.Errorf("%q belongs to the run %q, want %q", adapter, got, want)
		}
	}
	s := evaluateSettings{}
	if err := s.readAsTrained(run); err != nil || s.trained.options.MaxLength != 20 {
		t.Errorf("a run of 20 tokens is read with %d, %v", s.trained.options.MaxLength, err)
	}
}

// A class may contain "=".
func TestRenamed(t *testing.T) {
	got, err := renamed([]string{"a=b=good", "x=y"}, []string{"a=b", "x"})
	if diff := cmp.Diff(map[string]string{"a=b": "good", "x": "y"}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}
