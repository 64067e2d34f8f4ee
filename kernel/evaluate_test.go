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
		"as in --class awful=low":                     with("--class", "low=awful"),
		"the part \"all\" of set has 2":               with("-n", "3"),
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
	args := append(append([]string{"evaluate"}, evaluated()...), "--data", set, "--class", "3=top,1=low", "--json", "--out")
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
