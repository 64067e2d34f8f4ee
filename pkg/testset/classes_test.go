package testset

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// Classes are known by name: another order, other cases, classes that no example has, and renamed ones.
func TestClasses(t *testing.T) {
	model := []string{"bad", "fine", "good"}
	set := func(labels ...string) *data.Dataset {
		d := &data.Dataset{Labels: labels}
		for i := range labels {
			d.Test = append(d.Test, data.Example{Label: i, Labels: []int{i}})
		}
		return d
	}
	for _, test := range []struct {
		name   string
		set    *data.Dataset
		task   data.Task
		rename map[string]string
		want   []int
		says   string
	}{
		{name: "another order", set: set("good", "bad"), want: []int{2, 0}},
		{name: "case", set: set("Good", "BAD"), want: []int{2, 0}},
		{name: "renamed", set: set("0", "1"), rename: map[string]string{"0": "bad", "1": "good"}, want: []int{0, 2}},
		{name: "swapped", set: set("good", "bad"), rename: map[string]string{"good": "bad", "bad": "good"}, want: []int{0, 2}},
		{name: "unknown", set: set("good", "awful"), says: `the model has no ["awful"]: rename each of these to the model's class with the same meaning, in Options.Classes or with --class "awful=CLASS"`},
		{name: "numbers", set: set("0", "1"), says: `the model has no ["0" "1"]`},
		{name: "twice", set: set("good", "GOOD"), says: `"good" and "GOOD" of the data set are both the class "good"`},
		{name: "rename what is not there", set: set("good"), rename: map[string]string{"great": "good"}, says: `"great", which is no class`},
		{name: "rename to what is not there", set: set("good"), rename: map[string]string{"good": "great"}, says: `renames "good" to "great", and the model has no ["great"]; expected one of ["bad" "fine" "good"], as with --class "good=CLASS"`},
		{name: "every class renamed, and another", set: set("1"), rename: map[string]string{"0": "bad", "1": "good"}, want: []int{2}},
		{name: "one class renamed, and another", set: set("1", "bad"), rename: map[string]string{"0": "bad", "1": "good"}, says: `"0", which is no class`},
		{name: "misspelt", set: set("2"), rename: map[string]string{"2": "goood"}, says: `renames "2" to "goood", and the model has no ["goood"]: did you mean "good"?; expected`},
		{name: "several labels", task: data.MultiLabel, set: set("good", "fine", "bad"), want: []int{2, 1, 0}},
		{name: "two classes that become one", set: set("great", "good", "bad"), rename: map[string]string{"great": "good"}, want: []int{2, 2, 0}},
		{name: "two labels that become one", task: data.MultiLabel, set: set("great", "good"), rename: map[string]string{"great": "good"}, want: []int{2, 2}},
		{name: "rename for numbers", task: data.Regression, set: set("stars"), rename: map[string]string{"stars": "good"}, says: "has no classes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := matched(test.set, test.set.Test, test.task, model, test.rename)
			if test.says != "" {
				if err == nil || !strings.Contains(err.Error(), test.says) {
					t.Errorf("got %v, want an error with %s", err, test.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for i, e := range got {
				class := e.Label
				if test.task == data.MultiLabel {
					class = e.Labels[0]
				}
				if class != test.want[i] || test.set.Test[i].Label != i || test.set.Test[i].Labels[0] != i {
					t.Errorf("example %d has the class %d, want %d, and the data set unchanged", i, class, test.want[i])
				}
			}
		})
	}
	if _, err := matched(set("Us"), set("Us").Test, data.SingleLabel, []string{"us", "US"}, nil); err == nil || !strings.Contains(err.Error(), `the model has no ["Us"]`) {
		t.Errorf("a name that is two classes but for case: %v", err)
	}
	if _, err := matched(set("good"), []data.Example{{ID: "x", Label: -1}}, data.SingleLabel, model, nil); err == nil || !strings.Contains(err.Error(), `"x" has the class -1`) {
		t.Errorf("an example without a class: %v", err)
	}
	unused := set("good", "awful")
	if got, err := matched(unused, unused.Test[:1], data.SingleLabel, model, nil); err != nil || got[0].Label != 2 {
		t.Errorf("a class that no example has: %v, %v", got, err)
	}
}
