package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"github.com/lorabook/lorabook/internal/hub/hubtest"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/testset"
)

// evaluateData evaluates a model on files, or on a data set of the hub, and returns the report, as printed too.
func evaluateData(t *testing.T, model string, files map[string]string, open string, flags ...string) (r testset.Report, printed string, err error) {
	t.Helper()
	spec := open
	if files != nil {
		dir := t.TempDir()
		for name, content := range files {
			path := filepath.Join(dir, filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			toytest.WriteFile(t, path, content)
		}
		spec = filepath.Join(dir, open)
	}
	out := filepath.Join(t.TempDir(), "out")
	args := append([]string{"evaluate", "--adapter", model, "--data", spec, "--out", out}, flags...)
	if printed, err = command(t, args...); err != nil {
		return r, printed, err
	}
	asJSON, err := command(t, append(args, "--json", "--against", out)...)
	if err == nil {
		err = json.Unmarshal([]byte(asJSON[strings.Index(asJSON, "{\n"):]), &r)
	}
	return r, printed + asJSON, err
}

// supports returns the numbers of examples of each class, and of a regression the number of examples.
func supports(r testset.Report) string {
	var list []string
	switch {
	case r.Metrics != nil:
		for _, c := range r.Metrics.Classes {
			list = append(list, fmt.Sprint(c.Name, " ", c.Support))
		}
	case r.MultiLabel != nil:
		for _, c := range r.MultiLabel.Classes {
			list = append(list, fmt.Sprint(c.Name, " ", c.Support))
		}
	case r.Tags != nil:
		for _, c := range r.Tags.Types {
			if c.Support > 0 {
				list = append(list, fmt.Sprint(c.Name, " ", c.Support))
			}
		}
		list = append(list, fmt.Sprint("sentences ", r.Tags.Sentences))
	case r.Regression != nil:
		list = append(list, fmt.Sprint("examples ", r.Regression.Examples))
	}
	return strings.Join(list, ", ")
}

// TestEvaluateData: the data of an evaluation need neither a training half nor more than one class. The report
// says what is not defined and has no NaN, and the comparison with itself works. The models' classes are bad,
// fine, good; art, news, sport; and the tags of PER and LOC.
func TestEvaluateData(t *testing.T) {
	models := map[data.Task]string{}
	for task := range toytest.ClassifierLabels {
		models[task] = toytest.Classifier(t, task)
	}
	type row struct {
		Text  string `parquet:"text"`
		Label int64  `parquet:"label"`
	}
	var rows bytes.Buffer
	declared := parquet.KeyValueMetadata("huggingface", `{"info":{"features":{"label":{"names":["bad","fine","good"],"_type":"ClassLabel"}}}}`)
	if err := parquet.Write(&rows, []row{{"a b", 2}, {"k k", 2}}, declared); err != nil {
		t.Fatal(err)
	}
	hubtest.Serve(t, "datasets/owner/name", map[string][]byte{"default/validation/0000.parquet": rows.Bytes()})
	for name, c := range map[string]struct {
		task     data.Task
		files    map[string]string // none: a data set of the hub
		open     string
		flags    []string
		part     testset.Part
		supports string
		says     []string // in the output
		fails    string   // in the error
	}{
		"CSV of one class": {
			files: map[string]string{"own.csv": "text,label\na b,good\nk k,good\n"}, open: "own.csv", part: testset.All, supports: "bad 0, fine 0, good 2",
			says: []string{`no example has the classes ["bad" "fine"]`, `every example has the class "good"`, "ROC AUC   undefined: no example is of class bad"},
		},
		"one integer": {
			files: map[string]string{"own.csv": "text,label\na b,1\nk k,1\n"}, open: "own.csv",
			fails: `the classes of the data set are ["1"], and the model has no ["1"]: rename`,
		},
		"one integer, named": {
			files: map[string]string{"own.csv": "text,label\na b,1\nk k,1\n"}, open: "own.csv", flags: []string{"--class", "1=good"}, part: testset.All, supports: "bad 0, fine 0, good 2",
			says: []string{"1 of the data is good"},
		},
		"a name for a class that the data lack, beside others": {
			files: map[string]string{"own.csv": "text,label\na b,great\nk k,good\n"}, open: "own.csv", flags: []string{"--class", "great=good", "--class", "awful=bad"},
			fails: `renames "awful", which is no class of the data set: its classes are ["good" "great"]`,
		},
		"the names of all classes, of which the data have one": {
			files: map[string]string{"own.csv": "text,label\na b,1\nk k,1\n"}, open: "own.csv", flags: []string{"--class", "1=good", "--class", "0=bad"}, part: testset.All, supports: "bad 0, fine 0, good 2",
		},
		"one boolean": {
			files: map[string]string{"own.jsonl": `{"text":"a b","label":true}`}, open: "own.jsonl", fails: `the model has no ["true"]`,
		},
		"only -1": {
			files: map[string]string{"own.csv": "text,label\na b,-1\nk k,-1\n"}, open: "own.csv", fails: "-1 often stands for a hidden or missing label",
		},
		"folder with only test.jsonl": {
			files: map[string]string{"test.jsonl": `{"text":"a b","label":"Bad"}` + "\n" + `{"text":"k k","label":"good"}`}, part: testset.Test, supports: "bad 1, fine 0, good 1",
			says: []string{`no example has the classes ["fine"]`},
		},
		"a class of the test half": {
			files: map[string]string{"train.csv": "text,label\na b,bad\nk k,good\n", "test.csv": "text,label\nc d,fine\nd d,bad\n"}, part: testset.Test, supports: "bad 1, fine 1, good 0",
		},
		"a class of the training half that the model lacks": {
			files: map[string]string{"train.csv": "text,label\na b,awful\nk k,good\n", "test.csv": "text,label\nc d,fine\nd d,bad\n"}, part: testset.Test, supports: "bad 1, fine 1, good 0",
		},
		"a class of the test half that the model lacks": {
			files: map[string]string{"train.csv": "text,label\na b,bad\nk k,good\n", "test.csv": "text,label\nc d,awful\nd d,bad\n"}, fails: `the model has no ["awful"]`,
		},
		"validation split of the hub": {
			open: "owner/name", part: testset.Validation, supports: "bad 0, fine 0, good 2",
		},
		"validation and a hidden test half": {
			files: map[string]string{"dev.csv": "text,label\nc d,fine\n", "test.csv": "text,label\nc d,-1\n"}, part: testset.Validation, supports: "bad 0, fine 1, good 0",
			says: []string{"the test half is not used: its 1 examples have the label -1"},
		},
		"training and a hidden test half": {
			files: map[string]string{"train.csv": "text,label\nc d,fine\n", "test.csv": "text,label\nc d,-1\n"}, fails: "because the labels of its 1 test examples are hidden, expected one of: train (1 examples)",
		},
		"a hidden test half": {
			files: map[string]string{"test.csv": "text,label\nc d,-1\n"}, fails: "test.csv:2: the labels of the test half are hidden",
		},
		"no such part": {
			files: map[string]string{"test.csv": "text,label\nc d,good\n"}, flags: []string{"--part", "train"}, fails: `no examples of the part "train", expected one of: test (1 examples)`,
		},
		"several labels, one class": {
			task: data.MultiLabel, files: map[string]string{"test.jsonl": `{"text":"a b","label":["art"]}` + "\n" + `{"text":"k k","label":["art"]}`}, part: testset.Test, supports: "art 2, news 0, sport 0",
			says: []string{`no example has the classes ["news" "sport"]`, "ROC AUC undefined: every example is of class art"},
		},
		"several labels, none in the test half": {
			task: data.MultiLabel, files: map[string]string{"train.csv": "text,label\na b,art\n", "test.csv": "text,label\nk k,\na b,\n"}, part: testset.Test, supports: "art 0, news 0, sport 0",
			says: []string{"no example has a class: recall and F1 are not defined"},
		},
		"numbers, all the same": {
			task: data.Regression, files: map[string]string{"test.csv": "text,stars\na b,3\nk k,3\n"}, part: testset.Test, supports: "examples 2",
			says: []string{"the number of every example is 3: the correlations and R2 are not defined", "Pearson   undefined: every value is 3"},
		},
		"one number": {
			task: data.Regression, files: map[string]string{"own.csv": "text,stars\na b,3\n"}, open: "own.csv", part: testset.All, supports: "examples 1",
		},
		"numbers, hidden": {
			task: data.Regression, files: map[string]string{"own.csv": "text,stars\na b,-1\nk k,-1\n"}, open: "own.csv", part: testset.All, supports: "examples 2",
			says: []string{"which benchmarks write in place of hidden labels"},
		},
		"a tag of the test half": {
			task: data.TokenClassification, files: map[string]string{"train.conll": "k B-PER\na O\n", "test.conll": "m B-LOC\na O\n"}, part: testset.Test, supports: "LOC 1, sentences 1",
		},
		"a tag of the test half that the model lacks": {
			task: data.TokenClassification, files: map[string]string{"train.conll": "k B-PER\na O\n", "test.conll": "m B-ORG\na O\n"}, fails: `the model has no ["B-ORG"]`,
		},
		"only test.txt, without an entity": {
			task: data.TokenClassification, files: map[string]string{"test.txt": "a O\nb O\n\nc O\n"}, part: testset.Test, supports: "sentences 2",
			says: []string{"no sentence has an entity"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if c.task == "" {
				c.task = data.SingleLabel
			}
			r, printed, err := evaluateData(t, models[c.task], c.files, c.open, c.flags...)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) {
					t.Errorf("got %v, want an error with %s", err, c.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := supports(r); r.Part != c.part || got != c.supports {
				t.Errorf("part %s, %s; want %s, %s", r.Part, got, c.part, c.supports)
			}
			for _, want := range c.says {
				if !strings.Contains(printed, want) {
					t.Errorf("the output lacks %q", want)
				}
			}
			if strings.Contains(printed, "NaN") || r.Comparison == nil || t.Failed() {
				t.Errorf("the output is\n%s", printed)
			}
		})
	}
}
