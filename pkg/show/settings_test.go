package show

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/notebook"
)

// experimentJSON is the experiment that settings lead to, as experiment.json has it.
func experimentJSON(t *testing.T, s notebook.Settings) string {
	t.Helper()
	e, err := experiment(s)
	if err == nil {
		e, err = e.WithDefaults()
	}
	if err != nil {
		t.Fatalf("%+v: %v", s, err)
	}
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Every parameter has its effect on experiment.json.
func TestEveryParameterHasAnEffect(t *testing.T) {
	type values struct {
		s    notebook.Settings
		want []string
	}
	tests := map[string]values{
		"Model":          {notebook.Settings{Model: "m"}, []string{`"model":"m"`}},
		"Data":           {notebook.Settings{Data: "d.csv"}, []string{`"source":"d.csv"`}},
		"Train":          {notebook.Settings{Train: 100}, []string{`"train":100`}},
		"Validation":     {notebook.Settings{Validation: 20}, []string{`"validation":20`}},
		"Test":           {notebook.Settings{Test: -1}, []string{`"test":-1`}},
		"Text":           {notebook.Settings{Text: "body"}, []string{`"columns":{"text":"body"}`}},
		"TextPair":       {notebook.Settings{TextPair: "reply"}, []string{`"text_pair":"reply"`}},
		"Label":          {notebook.Settings{Label: "stars"}, []string{`"label":"stars"`}},
		"Split":          {notebook.Settings{Split: "part"}, []string{`"split":"part"`}},
		"ID":             {notebook.Settings{ID: "nr"}, []string{`"id":"nr"`}},
		"Delimiter":      {notebook.Settings{Delimiter: "tab"}, []string{`"delimiter":"tab"`}},
		"Header":         {notebook.Settings{Header: "no"}, []string{`"header":"no"`}},
		"Quotes":         {notebook.Settings{Quotes: "none"}, []string{`"quotes":"none"`}},
		"Encoding":       {notebook.Settings{Encoding: "latin1"}, []string{`"encoding":"latin1"`}},
		"LabelSeparator": {notebook.Settings{LabelSeparator: "|"}, []string{`"label_separator":"|"`}},
		"BadRows":        {notebook.Settings{BadRows: "skip"}, []string{`"bad_rows":"skip"`}},
		"TestShare":      {notebook.Settings{TestShare: 0.3}, []string{`"test_share":0.3`}},
		"DropDuplicates": {notebook.Settings{DropDuplicates: "exact"}, []string{`"drop_duplicates":"exact"`}},
		"MaxLength":      {notebook.Settings{MaxLength: 64}, []string{`"max_length":64`}},
		"Truncation":     {notebook.Settings{Truncation: "windows"}, []string{`"truncation":"windows"`}},
		"Method":         {notebook.Settings{Method: "full"}, []string{`"method":"full"`, `"learning_rate":0.00005`}},
		"Rank":           {notebook.Settings{Rank: 4}, []string{`"r":4`, `"lora_alpha":8`}},
		"Rank, a share":  {notebook.Settings{Rank: 0.2}, []string{`"fraction":0.2`}},
		"Alpha":          {notebook.Settings{Alpha: 3}, []string{`"r":8`, `"lora_alpha":3`}},
		"Dropout":        {notebook.Settings{Dropout: 0.3}, []string{`"lora_dropout":0.3`}},
		"Targets":        {notebook.Settings{Targets: "key"}, []string{`"target_modules":["key"]`}},
		"Layers":         {notebook.Settings{Layers: "2-3"}, []string{`"layers_to_transform":[2,3]`}},
		"Epochs":         {notebook.Settings{Epochs: 3}, []string{`"epochs":3`}},
		"BatchSize":      {notebook.Settings{BatchSize: 8}, []string{`"batch_size":8`}},
		"LearningRate":   {notebook.Settings{LearningRate: 0.01}, []string{`"learning_rate":0.01`}},
		"Evaluations":    {notebook.Settings{Evaluations: 4}, []string{`"evaluations":4`}},
		"Precision":      {notebook.Settings{Precision: "bfloat16"}, []string{`"precision":"bfloat16"`}},
		"PrefixCache":    {notebook.Settings{PrefixCache: "float32", Layers: "3"}, []string{`"prefix_cache":"float32"`}},
		"Seed":           {notebook.Settings{Seed: 5}, []string{`"seed":5`}},
		"Devices":        {notebook.Settings{Devices: 4}, []string{`"devices":4`}},
	}
	usual := experimentJSON(t, notebook.Settings{})
	for name, test := range tests {
		got := experimentJSON(t, test.s)
		for _, want := range test.want {
			if !strings.Contains(got, want) || strings.Contains(usual, want) && want != `"r":8` {
				t.Errorf("%s: no %s in %s", name, want, got)
			}
		}
	}
	for field := range reflect.TypeFor[notebook.Settings]().Fields() {
		if _, ok := tests[field.Name]; !ok && field.Name != "Task" { // TestTaskParameter
			t.Errorf("the parameter %s has no test", field.Name)
		}
	}
}

// The parameter task is the experiment's task; an unknown one is refused by the parameter's name.
func TestTaskParameter(t *testing.T) {
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.Regression} {
		if e, err := experiment(notebook.Settings{Task: string(task)}); err != nil || e.Task != task {
			t.Errorf("%s: %s, %v", task, e.Task, err)
		}
	}
	wrong := new(notebook.ParameterError)
	if _, err := experiment(notebook.Settings{Task: "question_answering"}); !errors.As(err, &wrong) || wrong.Name != "task" {
		t.Errorf("an unknown task: %v", err)
	}
}

// The notebooks' defaults are those of the runs that exist.
func TestDefaultExperiment(t *testing.T) {
	got := experimentJSON(t, notebook.Settings{
		Model: "lorabook-tiny", Data: "sample", Method: "lora", Rank: 8, Dropout: 0.1, Targets: "query,value", MaxLength: 256, Precision: "float32", Seed: 1,
	})
	e, err := (finetune.Experiment{Adapter: lora.Config{R: 8, Alpha: 16, Dropout: 0.1}}).WithDefaults()
	want, errJSON := json.Marshal(e)
	if err != nil || errJSON != nil || got != string(want) {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

// A field of the experiment that cannot be used is named as the notebook's parameter.
func TestNamedParameter(t *testing.T) {
	_, err := experiment(notebook.Settings{Precision: "float16"})
	var wrong *notebook.ParameterError
	if !errors.As(err, &wrong) || wrong.Name != "precision" {
		t.Errorf("%v", err)
	}
	err = named(&finetune.FieldError{Field: "training.batch_size", Reason: "is 0"})
	if !errors.As(err, &wrong) || err.Error() != "parameter batchSize is 0" {
		t.Errorf("%v", err)
	}
	field := &finetune.FieldError{Field: "training.patience", Reason: "is -1"}
	if err := named(field); err != error(field) {
		t.Errorf("a field without a parameter: %v", err)
	}
}

func TestAdapterOfSettings(t *testing.T) {
	if got := Adapter(notebook.Settings{Rank: 4, Layers: "1"}); got.R != 4 || got.Alpha != 8 || !reflect.DeepEqual(got.LayersToTransform, []int{1}) {
		t.Errorf("%+v", got)
	}
}

// The notebooks' values of truncation are those of package encoding.
func TestTruncationsOfSettings(t *testing.T) {
	var want []string
	for _, truncation := range encoding.Truncations {
		want = append(want, truncation.String())
	}
	if !slices.Equal(notebook.Truncations, want) {
		t.Errorf("%q, expected %q", notebook.Truncations, want)
	}
}

// Few outputs are written whole, of many the first ones with the number of the others.
func TestOutputs(t *testing.T) {
	few := &classify.TaskPredictions{SingleLabel: &metrics.Predictions{Logits: []float32{0.5, -1}}}
	if got := Outputs(few); got != "[0.5 -1]" {
		t.Error(got)
	}
	many := &classify.TaskPredictions{SingleLabel: &metrics.Predictions{Logits: make([]float32, 1010)}}
	if got := Outputs(many); got != "[0 0 0 0 0 0 0 0 and 1,002 more]" {
		t.Error(got)
	}
}
