package main

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/sweep"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	cmd, out := newCommand(), new(bytes.Buffer)
	cmd.SetArgs(args)
	cmd.SetOut(out)
	cmd.SetErr(new(bytes.Buffer))
	return out.String(), cmd.ExecuteContext(t.Context())
}

func TestErrors(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		args []string
		want string
	}{
		{nil, "expected one: the folder"},
		{[]string{dir}, "no field varies"},
		{[]string{"--grid", "adapter.rank=2", dir}, `no field "adapter.rank"`},
		{[]string{"--grid", "learning_rate=1e-3", dir}, `did you mean "training.learning_rate"?`},
		{[]string{"--grid", "adapter.r", dir}, "expected --grid name=value,value"},
		{[]string{"--grid", "adapter.r=two", dir}, `the value "two" of the field adapter.r`},
		{[]string{"--set", "training.epochs=-1", "--grid", "adapter.r=2", dir}, "training.epochs is -1"},
		{[]string{"--set", "training.epoch=1", "--grid", "adapter.r=2", dir}, `did you mean "training.epochs"?`},
		{[]string{"--range", "adapter.r=2", dir}, "expected two numbers"},
		{[]string{"--range", "adapter.r=2..8", dir}, "a grid cannot take all values"},
		{[]string{"--base", dir, "--grid", "adapter.r=2", dir}, "contains no run"},
		{[]string{"--checkpoint-every", "-1s", "--grid", "adapter.r=2", dir}, "CheckpointEvery is -1s"},
		{[]string{"--nats", "nats://secret@127.0.0.1:1", "--grid", "adapter.r=2", dir}, "the URL contains credentials"},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			if _, err := command(t, c.args...); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "secret") {
				t.Errorf("%v, want an error with %q", err, c.want)
			}
		})
	}
}

// TestWithoutResult: a sweep of parked trials alone is printed, and is an error.
func TestWithoutResult(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		out, a := new(bytes.Buffer), arguments{asJSON: asJSON}
		r := &sweep.Result{Method: sweep.Grid, Trials: []sweep.Trial{{State: queue.Parked, Failures: []string{"no such thing"}}}}
		if err := a.show(out, r, "runs/rates"); err == nil || !strings.Contains(err.Error(), "delete runs/rates") || !strings.Contains(out.String(), "no such thing") {
			t.Errorf("%v, want an error beside the result:\n%s", err, out)
		}
	}
}

// TestArguments reads a plan from the command line, on the experiment of a run.
func TestArguments(t *testing.T) {
	e, err := finetune.Experiment{Data: splits.Config{Train: 100}, Adapter: lora.Config{R: 2}}.WithDefaults()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	folder, err := runfolder.Create(root, "run", e, runfolder.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Write(runfolder.SplitsFile, splits.Record{Defaults: []string{"test"}}); err != nil {
		t.Fatal(err)
	}
	if err := folder.Close(); err != nil {
		t.Fatal(err)
	}
	for _, base := range []string{filepath.Join(root, "run"), filepath.Join(root, "run") + "/", filepath.Join(root, "run", runfolder.ExperimentFile)} {
		a := arguments{base: base, set: []string{"training.schedule=cosine", "adapter.use_rslora=true"}}
		got, err := a.experiment()
		if err != nil {
			t.Fatal(err)
		}
		if got.Adapter.R != 2 || !got.Adapter.RSLoRA || got.Training.Schedule != "cosine" || got.Data.Train != 100 || got.Data.Test != 0 {
			t.Errorf("%s: %+v", base, got)
		}
	}
	values, err := sweep.ParseValues("adapter.target_modules", `["query"],["query","value"]`)
	if text, _ := json.Marshal(values); err != nil || string(text) != `[["query"],["query","value"]]` {
		t.Errorf("%s, %v", text, err)
	}
	values, err = sweep.ParseValues("training.schedule", "linear, cosine")
	if text, _ := json.Marshal(values); err != nil || string(text) != `["linear","cosine"]` {
		t.Errorf("%s, %v", text, err)
	}
	f, err := parseRange("training.learning_rate=1e-4..1e-2:log")
	if err != nil || f.Name != "training.learning_rate" || f.Low != 1e-4 || f.High != 1e-2 || !f.Log {
		t.Errorf("%+v, %v", f, err)
	}
}
