package testset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
)

// ClassesError reports classes of a data set that are not classes of the model.
type ClassesError struct {
	Data    []string // the names in the data set, renamed ones as in Options.Classes
	Model   []string // the model's names
	Unknown []string // names of the data set that the model lacks
	Missing []string // names of the model that the data set lacks, where it must have all: of data.MultiLabel
}

func (e *ClassesError) Error() string {
	if len(e.Unknown) > 0 {
		return fmt.Sprintf("testset: the classes of the data set are %q, those of the model are %q, which lacks %q: rename the classes of the data set to the model's, as in --class %s=%s", e.Data, e.Model, e.Unknown, e.Unknown[0], e.Model[0])
	}
	return fmt.Sprintf("testset: the classes of the data set are %q, those of the model are %q: the data set does not say which examples have the classes %q, so that the answers for them cannot be judged", e.Data, e.Model, e.Missing)
}

// matched returns the examples with the model's classes. The names are compared exactly, and where that
// fails without regard to case.
func matched(set *data.Dataset, examples []data.Example, task data.Task, classes []string, rename map[string]string) ([]data.Example, error) {
	if task == data.Regression {
		if len(rename) > 0 {
			return nil, fmt.Errorf("testset: Classes is %v, but the model's task is %s, which has no classes: leave it out", rename, task)
		}
		return examples, nil
	}
	names := slices.Clone(set.Labels)
	for _, name := range slices.Sorted(maps.Keys(rename)) {
		i := slices.Index(set.Labels, name)
		if i < 0 {
			return nil, fmt.Errorf("testset: Classes renames %q, which is no class of the data set: its classes are %q", name, set.Labels)
		}
		names[i] = rename[name]
	}
	occurs := occurring(examples, task, len(names))
	to := make([]int, len(names)) // the model's class of each class of the data
	e := &ClassesError{Data: names, Model: classes}
	for i, name := range names {
		if to[i] = find(classes, name); to[i] < 0 && occurs[i] {
			e.Unknown = append(e.Unknown, name)
		} else if k := slices.Index(to[:i], to[i]); to[i] >= 0 && k >= 0 {
			return nil, fmt.Errorf("testset: the classes %q and %q of the data set are both the class %q of the model", set.Labels[k], set.Labels[i], classes[to[i]])
		}
	}
	if task == data.MultiLabel {
		for i, name := range classes {
			if !slices.Contains(to, i) {
				e.Missing = append(e.Missing, name)
			}
		}
	}
	if len(e.Unknown)+len(e.Missing) > 0 {
		return nil, e
	}
	out := slices.Clone(examples)
	for i := range out {
		switch task {
		case data.MultiLabel:
			out[i].Labels = renumber(out[i].Labels, to)
			slices.Sort(out[i].Labels)
		case data.TokenClassification:
			out[i].Tags = renumber(out[i].Tags, to)
		default:
			out[i].Label = to[out[i].Label]
		}
	}
	return out, nil
}

// find returns the class with a name; -1 if there is none.
func find(classes []string, name string) int {
	if i := slices.Index(classes, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(classes, func(class string) bool { return strings.EqualFold(class, name) })
}

// occurring returns for each class whether an example has it.
func occurring(examples []data.Example, task data.Task, classes int) []bool {
	occurs := make([]bool, classes)
	for _, e := range examples {
		list := []int{e.Label}
		switch task {
		case data.MultiLabel:
			list = e.Labels
		case data.TokenClassification:
			list = e.Tags
		}
		for _, class := range list {
			occurs[class] = true
		}
	}
	return occurs
}

func renumber(classes, to []int) []int {
	out := make([]int, len(classes))
	for i, class := range classes {
		out[i] = to[class]
	}
	return out
}
