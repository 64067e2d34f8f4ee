package testset

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
)

// Classes that only examples of other halves have need no class of the model, and may differ from others by
// case alone.
func TestClassesOfOtherHalves(t *testing.T) {
	set := &data.Dataset{Labels: []string{"GOOD", "good", "awful", "1"}}
	model := []string{"bad", "good", "1"}
	examples := []data.Example{{ID: "a", Label: 1}, {ID: "b", Label: 3}}
	got, err := matched(set, examples, data.SingleLabel, model, nil)
	if err != nil || got[0].Label != 1 || got[1].Label != 2 {
		t.Errorf("got %v, %v", got, err)
	}
	examples = append(examples, data.Example{ID: "c", Label: 0})
	if _, err := matched(set, examples, data.SingleLabel, model, nil); err == nil || !strings.Contains(err.Error(), `"GOOD" and "good" of the data set are both the class "good"`) {
		t.Errorf("two classes that are one of the model: %v", err)
	}
	if got, err = matched(set, examples, data.SingleLabel, model, map[string]string{"GOOD": "bad"}); err != nil || got[2].Label != 0 {
		t.Errorf("a renamed class: %v, %v", got, err)
	}
}

// An error does not list thousands of classes, and explains -1.
func TestClassesErrorOfMany(t *testing.T) {
	set := &data.Dataset{}
	var examples []data.Example
	for i := range 5000 {
		set.Labels = append(set.Labels, fmt.Sprint(i-1))
		examples = append(examples, data.Example{ID: fmt.Sprint(i), Label: i})
	}
	_, err := matched(set, examples, data.SingleLabel, []string{"bad", "good"}, nil)
	classes := (*ClassesError)(nil)
	if !errors.As(err, &classes) || len(classes.Unknown) != 5000 || len(err.Error()) > 1000 {
		t.Fatalf("got %v", err)
	}
	for _, want := range []string{`"22"] and 4976 more`, `--class "-1=CLASS"`, `["bad" "good"]`, "-1 often stands for a hidden or missing label", "--label-column"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error lacks %s: %v", want, err)
		}
	}
}

// The warnings name what examples of these answers do not define.
func TestUndefined(t *testing.T) {
	tags := []string{"O", "B-PER"}
	for name, c := range map[string]struct {
		task     data.Task
		classes  []string
		examples []data.Example
		want     []string // one in each warning
	}{
		"all classes":         {data.SingleLabel, []string{"a", "b"}, []data.Example{{Label: 0}, {Label: 1}}, nil},
		"one class":           {data.SingleLabel, []string{"a", "b"}, []data.Example{{Label: 1}}, []string{`no example has the classes ["a"]`, `every example has the class "b"`}},
		"no label":            {data.MultiLabel, []string{"a"}, []data.Example{{}}, []string{"their ROC AUC and its mean are not defined", "no example has a class"}},
		"one of two labels":   {data.MultiLabel, []string{"a", "b"}, []data.Example{{Labels: []int{0}}}, []string{`["b"]`}},
		"entities":            {data.TokenClassification, tags, []data.Example{{Tags: []int{0, 1}}}, nil},
		"no entity":           {data.TokenClassification, tags, []data.Example{{Tags: []int{0, 0}}}, []string{`the types of entities ["PER"]`, "no sentence has an entity"}},
		"another scheme":      {data.TokenClassification, []string{"O", "B-PER", "I-PER"}, []data.Example{{Tags: []int{0, 2}}}, nil},
		"numbers":             {data.Regression, nil, []data.Example{{Value: 1}, {Value: 2}}, nil},
		"one number":          {data.Regression, nil, []data.Example{{Value: 1}}, nil},
		"the same numbers":    {data.Regression, nil, []data.Example{{Value: 1}, {Value: 1}}, []string{"the number of every example is 1"}},
		"numbers that hide":   {data.Regression, nil, []data.Example{{Value: -1}}, []string{"in place of hidden labels"}},
		"numbers, one is -1":  {data.Regression, nil, []data.Example{{Value: 3}, {Value: -1}}, nil},
		"a class that is all": {data.SingleLabel, []string{"a"}, []data.Example{{Label: 0}}, []string{`every example has the class "a"`}},
	} {
		got := undefined(c.task, c.classes, c.examples)
		if len(got) != len(c.want) {
			t.Errorf("%s: the warnings are %q, want %d", name, got, len(c.want))
			continue
		}
		for i, want := range c.want {
			if !strings.Contains(got[i], want) {
				t.Errorf("%s: the warning %q lacks %q", name, got[i], want)
			}
		}
	}
}

// The examples of a run are known again where the data have gained a class in another half since.
func TestTrainedInWithAnotherClass(t *testing.T) {
	source := toytest.DataOf(t, 90, 60)
	set, err := data.Open(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	run := trainedRun(t, source, set, set.Train[60:])
	path := filepath.Join(source, "test.jsonl")
	if err := os.WriteFile(path, []byte(toytest.ReadFile(t, path)+`{"id":"x","text":"a b","label":"awful"}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	set, err = data.Opener{Evaluation: true}.Open(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	trained, err := readTraining(run, set)
	if err != nil || trained == nil {
		t.Fatalf("the run's data are not known again: %v", err)
	}
	if diff := cmp.Diff(&Seen{Train: 50, Validation: 10}, trained.seen(set.Train)); diff != "" {
		t.Error(diff)
	}
	o := Options{}
	if examples, err := o.choose(set, trained); err != nil || o.Part != OfRun || len(examples) != 30 {
		t.Errorf("part %s with %d examples, %v", o.Part, len(examples), err)
	}
}
