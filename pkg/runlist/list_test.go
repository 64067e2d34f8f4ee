package runlist

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/splits"
)

// fixtures are run folders of an earlier version, finished and stopped.
const fixtures = "../finetune/testdata/runs"

// copyRun copies a fixture to root/name and replaces texts in its experiment.json.
func copyRun(t *testing.T, root, fixture, name string, replace ...string) string {
	t.Helper()
	dir := filepath.Join(root, name)
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(fixtures, fixture))); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(replace); i += 2 {
		toytest.ReplaceIn(t, filepath.Join(dir, runfolder.ExperimentFile), replace[i], replace[i+1])
	}
	return dir
}

func list(t *testing.T, dir string) *List {
	t.Helper()
	l, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func names(g Group) string {
	var out []string
	for _, r := range g.Runs {
		out = append(out, r.Name)
	}
	return strings.Join(out, " ")
}

// Complete runs come first, by accuracy; the states and the settings that differ are shown.
func TestRead(t *testing.T) {
	root := t.TempDir()
	copyRun(t, root, "stopped", "a-stopped")
	copyRun(t, root, "finished", "b-worse", `"r": 1`, `"r": 2`)
	best := copyRun(t, root, "finished", "c-best", `"learning_rate": 0.001`, `"learning_rate": 0.5`)
	setAccuracy(t, best, 0.75)
	baseline := copyRun(t, root, "stopped", "d-baseline")
	begun := copyRun(t, root, "stopped", "e-begun")
	for _, path := range []string{
		filepath.Join(baseline, "checkpoints"), filepath.Join(baseline, runfolder.HistoryFile),
		filepath.Join(begun, "checkpoints"), filepath.Join(begun, runfolder.HistoryFile), filepath.Join(begun, runfolder.BaselineFile),
	} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	trained := copyRun(t, root, "finished", "f-trained")
	if err := os.Remove(filepath.Join(trained, runfolder.ReportFile)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	l := list(t, root)
	if len(l.Groups) != 1 || len(l.Others) != 0 {
		t.Fatalf("%d groups, others %v", len(l.Groups), l.Others)
	}
	g := l.Groups[0]
	if got := names(g); got != "c-best b-worse a-stopped d-baseline e-begun f-trained" {
		t.Errorf("runs %s", got)
	}
	if g.Test != 9 || g.Classes != 3 {
		t.Errorf("%d test examples, %d classes", g.Test, g.Classes)
	}
	states := []State{Complete, Complete, Stopped, Baseline, Begun, Trained}
	for i, r := range g.Runs {
		if r.State != states[i] {
			t.Errorf("%s is %s, expected %s", r.Name, r.State, states[i])
		}
	}
	if len(g.Settings) != 2 || g.Settings[0] != (Setting{"adapter.r", "r", "1"}) || g.Settings[1] != (Setting{"training.learning_rate", "learning_rate", "0.001"}) {
		t.Errorf("settings %v", g.Settings)
	}
	if v := g.Runs[1].Values; len(v) != 2 || v["adapter.r"] != "2" || v["training.learning_rate"] != "0.001" {
		t.Errorf("values %v", v)
	}
	if r := g.Runs[2]; r.Step != 3 || r.Steps != 8 || r.TrainingSeconds <= 0 || r.Before == nil || r.After != nil {
		t.Errorf("%+v", r)
	}
	for i, r := range g.Runs { // of a report, and of a training that was not evaluated yet
		trained := r.State == Complete || r.State == Trained
		if trained && (r.Trainable != 115 || r.PeakBytes < 1e6) || !trained && (r.Trainable != 0 || r.PeakBytes != 0) {
			t.Errorf("run %d, %s: %d parameters learn, %d bytes", i, r.State, r.Trainable, r.PeakBytes)
		}
	}
	text := l.String()
	for _, want := range []string{
		"Runs on testdata/runs/letters.csv: 9 test examples of 3 classes\n",
		"75.0 (70.0 to 80.0)", "parameters that learn", "peak memory, GB", "stopped at step 3 of 8", "baseline only", "no results yet", "trained, not evaluated",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	var again List
	if content, err := json.Marshal(l); err != nil || json.Unmarshal(content, &again) != nil || names(again.Groups[0]) != names(g) {
		t.Errorf("JSON: %v", err)
	}
}

// setAccuracy changes a run's accuracy after training.
func setAccuracy(t *testing.T, dir string, accuracy float64) {
	t.Helper()
	folder, err := runfolder.Open(filepath.Split(dir))
	if err != nil {
		t.Fatal(err)
	}
	var report finetune.Report
	if err := folder.Read(runfolder.ReportFile, &report); err != nil {
		t.Fatal(err)
	}
	report.After.Accuracy = accuracy
	report.After.AccuracyInterval = significance.Interval{Low: accuracy - 0.05, High: accuracy + 0.05, Level: 0.95}
	text, err := json.Marshal(report)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder.Path(runfolder.ReportFile), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// Runs are in one group if they measured the same test examples, whatever the seed and the
// order; other examples, labels or texts make another group.
func TestGroups(t *testing.T) {
	root := t.TempDir()
	copyRun(t, root, "finished", "one")
	copyRun(t, root, "finished", "same-examples", `"seed": 1`, `"seed": 2`)
	ids := copyRun(t, root, "finished", "other-examples")
	for _, dir := range []string{ids} {
		path := filepath.Join(dir, runfolder.BaselinePredictionsFile)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		line := strings.Split(string(content), "\n")[1]
		changed := strings.Replace(line, `"id":"`, `"id":"x`, 1)
		if changed == line {
			t.Fatalf("no id in %s", line)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(content), line, changed, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	copyRun(t, root, "finished", "other-data", "letters.csv", "words.csv")
	l := list(t, root)
	var got []string
	for _, g := range l.Groups {
		got = append(got, names(g))
	}
	if all := strings.Join(got, "; "); !strings.Contains(all, "one same-examples") || len(got) != 3 {
		t.Errorf("groups %s", all)
	}
	if text := l.String(); !strings.Contains(text, "accuracies on another test set cannot be compared") {
		t.Errorf("no word about the groups in\n%s", text)
	}
}

// Damaged and foreign folders are named with the reason.
func TestOthers(t *testing.T) {
	root := t.TempDir()
	copyRun(t, root, "finished", "good")
	damaged := copyRun(t, root, "finished", "damaged")
	toytest.ReplaceIn(t, filepath.Join(damaged, runfolder.ReportFile), "{", "[")
	copyRun(t, root, "finished", "later", `"seed": 1`, `"seed": 1, "sharpness": 3`)
	copyRun(t, root, "finished", "nested/inner")
	unknown := copyRun(t, root, "finished", "unknown-tests")
	if err := os.Remove(filepath.Join(unknown, runfolder.BaselinePredictionsFile)); err != nil {
		t.Fatal(err)
	}
	for path, text := range map[string]string{
		"empty/.lock": "", "foreign/model.bin": "x", ".hidden/x": "x",
		"pretraining/experiment.json": `{"format": 1, "experiment": {"model": "m", "texts": ["sample"]}, "environment": {}}`,
		"sweep/experiment.json":       `{"format": 1, "experiment": {"base": {}, "fields": [{"name": "seed"}]}, "environment": {}}`,
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, path)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, path), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l := list(t, root)
	want := map[string]string{
		"damaged": "report.json, line 2: damaged", "later": `unknown field "sharpness"`, "nested": "contains run folders, but is none",
		"empty": "is empty", "foreign": "contains no experiment.json", "pretraining": "a pre-training", "sweep": "a sweep: list the runs of its trials", "unknown-tests": "baseline_predictions.jsonl, which names the test examples, is missing",
	}
	for _, o := range l.Others {
		if !strings.Contains(o.Reason, want[o.Name]) || want[o.Name] == "" {
			t.Errorf("%s: %s", o.Name, o.Reason)
		}
		delete(want, o.Name)
	}
	if len(want) > 0 || len(l.Groups) != 1 || names(l.Groups[0]) != "good" {
		t.Errorf("not named: %v; groups %v", want, l.Groups)
	}
	if text := l.String(); strings.Count(text, "not compared: ") != 8 {
		t.Errorf("text\n%s", text)
	}
}

// A run is listed while this process writes to it, and says so.
func TestReadBesideAWriter(t *testing.T) {
	root := t.TempDir()
	copyRun(t, root, "stopped", "busy")
	reader, err := runfolder.Open(root, "busy")
	if err != nil {
		t.Fatal(err)
	}
	var experiment any
	if err := reader.Experiment(&experiment); err != nil {
		t.Fatal(err)
	}
	writer, err := runfolder.Create(root, "busy", experiment, runfolder.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	r := list(t, root).Groups[0].Runs[0]
	if !strings.HasPrefix(r.Writer, "process ") || r.state() != "running, step 3 of 8" {
		t.Errorf("writer %q, state %q", r.Writer, r.state())
	}
	if err := writer.Close(); err != nil {
		t.Fatal(err)
	}
	if r := list(t, root).Groups[0].Runs[0]; r.Writer != "" || r.LastWriter != "" || r.state() != "stopped at step 3 of 8" {
		t.Errorf("writer %q, state %q", r.Writer, r.state())
	}
}

// Of a process on another machine nobody knows whether it still writes.
func TestReadFromAnotherMachine(t *testing.T) {
	root := t.TempDir()
	dir := copyRun(t, root, "stopped", "far")
	if err := os.WriteFile(filepath.Join(dir, runfolder.LockFile), []byte("process 7 on far-away"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := list(t, root).Groups[0].Runs[0]; r.Writer != "" || r.state() != "at step 3 of 8, written by process 7 on far-away" {
		t.Errorf("writer %q, state %q", r.Writer, r.state())
	}
}

func TestReadOneRun(t *testing.T) {
	l := list(t, filepath.Join(fixtures, "finished"))
	if len(l.Groups) != 1 || names(l.Groups[0]) != "finished" {
		t.Errorf("%v", l)
	}
	if _, err := Read(filepath.Join(t.TempDir(), "missing")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error is %v", err)
	}
	if text := list(t, t.TempDir()).String(); !strings.Contains(text, "contains no runs that can be compared") {
		t.Errorf("an empty folder: %q", text)
	}
}

// Settings of an adapter do not count for a run without one, and a field that is missing
// equals its zero value. Many settings share a column.
func TestSettings(t *testing.T) {
	run := func(name string, e finetune.Experiment) Run {
		e, err := e.WithDefaults()
		if err != nil {
			t.Fatal(err)
		}
		all, err := settingsOf(&e)
		if err != nil {
			t.Fatal(err)
		}
		return Run{Name: name, Experiment: &e, settings: all}
	}
	runs := []Run{
		run("head", finetune.Experiment{Method: finetune.HeadOnly}),
		run("r 4", finetune.Experiment{Adapter: lora.Config{R: 4, Alpha: 8}}),
		run("again", finetune.Experiment{Adapter: lora.Config{R: 4, Alpha: 8}}),
	}
	g := newGroup("", runs)
	var paths []string
	for _, s := range g.Settings {
		paths = append(paths, s.Path)
	}
	if got := strings.Join(paths, " "); got != "adapter.modules_to_save method" {
		t.Errorf("settings %s", got)
	}
	// The seed of the examples is the experiment's, unless it has its own.
	seeds := differing([]Run{run("1", finetune.Experiment{Seed: 1}), run("2", finetune.Experiment{Seed: 2})})
	if len(seeds) != 1 || seeds[0].Name != "seed" {
		t.Errorf("settings %v", seeds)
	}
	seeds = differing([]Run{run("1", finetune.Experiment{Seed: 1}), run("2", finetune.Experiment{Seed: 2, Data: splits.Config{Seed: 1}}), run("3", finetune.Experiment{Seed: 3})})
	if len(seeds) != 2 || seeds[0] != (Setting{"data.seed", "data.seed", "1"}) {
		t.Errorf("settings %v", seeds)
	}
	runs = append(runs, run("r 8", finetune.Experiment{
		Model: "other", Seed: 2, Adapter: lora.Config{R: 8, Alpha: 8, DoRA: true}, Training: finetune.Training{LearningRate: 0.01},
	}))
	g = newGroup("", runs)
	text := g.table("Runs").Text()
	if len(g.Settings) <= mostColumns || !strings.HasPrefix(text, "Runs. Settings unless stated: ") || strings.Contains(text, "base_model_name_or_path") {
		t.Errorf("text\n%s", text)
	}
	for _, r := range g.Runs {
		if r.Name == "r 8" {
			if got := g.unusual(r); !strings.Contains(got, "r=8") || !strings.Contains(got, "use_dora=true") || !strings.Contains(got, "seed=2") {
				t.Errorf("settings of r 8: %s", got)
			}
		}
		if r.Name == "head" && strings.Contains(g.unusual(r), "r=") {
			t.Errorf("settings of head: %s", g.unusual(r))
		}
	}
}
