package finetune

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// pipelineReference runs testdata/pipeline_reference.py.
func pipelineReference(t *testing.T, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(testenv.Need(t, "LORABOOK_PYTHON"), append([]string{"testdata/pipeline_reference.py"}, args...)...)
	text, err := cmd.Output()
	if err != nil {
		exit := (*exec.ExitError)(nil)
		errors.As(err, &exit)
		t.Fatalf("pipeline_reference.py: %v\n%s", err, exit.Stderr)
	}
	return text
}

// Fine-tuned models without an adapter answer like transformers' pipeline: with class names, with
// numbers as names, and without names, as transformers 5 writes a model of two classes.
func TestWholeModel(t *testing.T) {
	texts := []string{"a b c", "k k k b", "u t s r q p o n m"}
	for name, make := range map[string]func(t *testing.T) (dir string){
		"names": copyModel,
		"numbers": func(t *testing.T) string {
			dir := copyModel(t)
			setConfig(t, dir, "id2label", map[string]any{"0": 1, "1": 3, "2": 5})
			return dir
		},
		"no names": func(t *testing.T) string {
			dir := filepath.Join(t.TempDir(), "model")
			pipelineReference(t, "new", dir, "2", "../bert/testdata/encoder/tiny")
			if fields := readConfig(t, dir); fields["id2label"] != nil {
				t.Logf("transformers wrote id2label %v", fields["id2label"])
			}
			return dir
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := make(t)
			var want []map[string]float64
			if err := json.Unmarshal(pipelineReference(t, append([]string{"answer", dir}, texts...)...), &want); err != nil {
				t.Fatal(err)
			}
			for _, places := range [][2]string{{dir, ""}, {"", dir}} {
				c, err := classify.Open(context.Background(), places[0], places[1], classify.Options{})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				answers, err := c.Classify(context.Background(), texts)
				if err != nil {
					t.Fatal(err)
				}
				for i, answer := range answers {
					for j, label := range c.Model().Config.Labels {
						score, ok := want[i][label]
						if d := answer.Probabilities[j] - score; !ok || !(d < 1e-6 && d > -1e-6) {
							t.Errorf("text %d: %s has the probability %v, in transformers %v", i, label, answer.Probabilities[j], want[i])
						}
					}
				}
			}
		})
	}
}

// A merged model opens without an adapter, with the same answers, also with the classes in
// another order, and can be trained further.
func TestMergedModel(t *testing.T) {
	ctx := context.Background()
	e := toy(t)
	e.Training.Epochs = 1
	dir := filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
	report, err := r.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	c, err := classify.Open(ctx, "", dir, classify.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	want, err := c.Classify(ctx, classTexts)
	if err != nil {
		t.Fatal(err)
	}
	merged := filepath.Join(t.TempDir(), "merged")
	if err := classify.Merge(ctx, "", dir, merged, classify.MergeOptions{}); err != nil {
		t.Fatal(err)
	}
	opensTo(t, merged, "", want)
	opensTo(t, "", merged, want)
	turned, err := classify.Open(ctx, merged, "", classify.Options{Labels: []string{"good", "bad"}})
	if err != nil {
		t.Fatal(err)
	}
	defer turned.Close()
	got, err := turned.Classify(ctx, classTexts)
	if err != nil {
		t.Fatal(err)
	}
	sameAnswers(t, "classes in reverse order", got, want, 1, 0)

	e.Model = merged
	baseline, err := openToy(t, filepath.Join(t.TempDir(), "again"), e, Options{Backend: testenv.GoBackend(t)}).Baseline(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if d := baseline.Metrics.Loss - report.After.Loss; !(d < 1e-5 && d > -1e-5) {
		t.Errorf("the loss of the merged model in an experiment is %v, expected %v", baseline.Metrics.Loss, report.After.Loss)
	}
}

// Each error names what was found, what was expected, and the remedy.
func TestWholeModelFaults(t *testing.T) {
	ctx := context.Background()
	base, whole := toytest.Model(t), copyModel(t)
	choices := copyModel(t)
	setConfig(t, choices, "architectures", []string{"BertForMultipleChoice"})
	nameless := toytest.Model(t)
	setConfig(t, nameless, "id2label", nil)
	number := copyModel(t)
	setConfig(t, number, "id2label", map[string]any{"0": "score"})
	run := t.TempDir()
	if err := os.WriteFile(filepath.Join(run, runfolder.ExperimentFile), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	numbers := copyModel(t)
	setConfig(t, numbers, "problem_type", "regression")
	above := t.TempDir() // as PEFT writes an adapter with another name than default
	if err := os.Mkdir(filepath.Join(above, "mine"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(above, "mine", "adapter_config.json"), []byte("{}"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		model, dir string
		labels     []string
		says       []string
	}{
		"nothing":            {"", "", nil, []string{"neither a model nor a folder"}},
		"a base":             {base, "", nil, []string{base, "no trained classifier", "classifier.weight"}},
		"a base's folder":    {"", base, nil, []string{base, "no trained classifier"}},
		"two models":         {base, whole, nil, []string{whole, "complete model", base}},
		"a run as the model": {run, "", nil, []string{run, "folder of trained weights"}},
		"no such folder":     {"", filepath.Join(run, "no"), nil, []string{filepath.Join(run, "no"), "as the model"}},
		"saved with a name":  {"", above, nil, []string{above, "contains no trained weights", "its folder mine does"}},
		"a file":             {"", filepath.Join(whole, "config.json"), nil, []string{"is a file, expected a folder", "such as " + whole}},
		"an empty folder":    {"", t.TempDir(), nil, []string{"contains no trained weights", "config.json"}},
		"choices":            {choices, "", nil, []string{"architectures", "BertForMultipleChoice", "choices"}},
		"no names":           {nameless, "", nil, []string{nameless, "no trained classifier", "classifier.weight"}},
		"one number":         {number, "", nil, []string{number, "names 1 class", "regression", "fresh_head"}},
		"three numbers":      {numbers, "", nil, []string{numbers, "names 3 numbers", "several numbers is not computed"}},
		"one name":           {whole, "", []string{"good"}, []string{"classify.Options.Labels"}},
		"too few names":      {whole, "", []string{"bad", "good"}, []string{"classifier.weight: is [3 16], expected [2 16]"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := classify.Open(ctx, c.model, c.dir, classify.Options{Labels: c.labels})
			for _, text := range c.says {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not say %q: %v", text, err)
				}
			}
		})
	}
	for _, places := range [][2]string{{whole, ""}, {"", whole}} {
		out := filepath.Join(t.TempDir(), "out")
		err := classify.Merge(ctx, places[0], places[1], out, classify.MergeOptions{})
		if err == nil || !strings.Contains(err.Error(), "to merge") || !strings.Contains(err.Error(), whole) {
			t.Errorf("the error for merging a whole model is %v", err)
		}
		if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a folder remains")
		}
	}
	_, err := classify.Open(ctx, number, "", classify.Options{})
	if bad := (*bert.ConfigError)(nil); !errors.As(err, &bad) || bad.Path != filepath.Join(number, "config.json") {
		t.Errorf("got %#v", err)
	}
}
