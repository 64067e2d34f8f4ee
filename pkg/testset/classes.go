package testset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/nearest"
	"github.com/lorabook/lorabook/pkg/data"
)

// ClassesError reports classes of a data set that are not classes of the model.
type ClassesError struct {
	Data    []string // the names in the data set, renamed ones as in Options.Classes
	Model   []string // the model's names
	Unknown []string // names of the data set that the model lacks
}

func (e *ClassesError) Error() string {
	hint := ""
	if slices.Contains(e.Unknown, "-1") {
		hint = "; -1 often stands for a hidden or missing label: then choose another part (Options.Part, --part), or leave these examples out: of data with the labels 0, 1, 2 and so on data.SkipBadRows (--bad-rows skip) does this"
	}
	return fmt.Sprintf("testset: the classes of the data set are %s, and the model has no %s: rename each of these to the model's class with the same meaning, in Options.Classes or with --class %q, where CLASS is one of %s, or leave their examples out; if another column has the classes, name it (data.Columns.Label, --label-column)%s",
		few(e.Data), few(e.Unknown), e.Unknown[0]+"=CLASS", few(e.Model), hint)
}

// few quotes names, of many the first ones.
func few(names []string) string {
	const most = 24
	if len(names) <= most {
		return fmt.Sprintf("%q", names)
	}
	return fmt.Sprintf("%q and %d more", names[:most], len(names)-most)
}

// matched returns the examples with the model's classes. The names are compared exactly, and where that
// fails without regard to case. Several classes of the data set become one where one of them is renamed.
func matched(set *data.Dataset, examples []data.Example, task data.Task, classes []string, rename map[string]string) ([]data.Example, error) {
	if task == data.Regression {
		if len(rename) > 0 {
			return nil, fmt.Errorf("testset: Classes is %v, but the model's task is %s, which has no classes: leave it out", rename, task)
		}
		return examples, nil
	}
	occurs, err := occurring(examples, task, len(set.Labels))
	if err != nil {
		return nil, err
	}
	names, err := newNames(set, occurs, classes, rename)
	if err != nil {
		return nil, err
	}
	to := make([]int, len(names)) // the model's class of each class of the data
	e := &ClassesError{Data: names, Model: classes}
	// Only the classes of examples matter: other halves may have others, or spell theirs in another way.
	byItsName := map[int]int{} // the class of the data that is a class of the model without a new name
	for i, name := range names {
		if to[i] = find(classes, name); to[i] < 0 && occurs[i] {
			e.Unknown = append(e.Unknown, name)
		} else if occurs[i] && rename[set.Labels[i]] == "" {
			k, twice := byItsName[to[i]]
			if !twice {
				byItsName[to[i]] = i
				continue
			}
			return nil, fmt.Errorf("testset: the classes %q and %q of the data set are both the class %q of the model: rename one of them, in Options.Classes or with --class %q, if that is meant", set.Labels[k], set.Labels[i], classes[to[i]], set.Labels[i]+"="+classes[to[i]])
		}
	}
	if len(e.Unknown) > 0 {
		return nil, e
	}
	return renumbered(examples, task, to), nil
}

// inClasses returns examples with the numbers that their classes have among others of the same names.
func inClasses(examples []data.Example, task data.Task, classes, others []string) []data.Example {
	if task == data.Regression {
		return examples
	}
	to := make([]int, len(classes))
	for i, name := range classes {
		to[i] = slices.Index(others, name)
	}
	return renumbered(examples, task, to)
}

// renumbered returns examples with other numbers of their classes.
func renumbered(examples []data.Example, task data.Task, to []int) []data.Example {
	out := slices.Clone(examples)
	for i := range out {
		switch task {
		case data.MultiLabel:
			out[i].Labels = renumber(out[i].Labels, to)
			slices.Sort(out[i].Labels)
			out[i].Labels = slices.Compact(out[i].Labels)
		case data.TokenClassification:
			out[i].Tags = renumber(out[i].Tags, to)
		default:
			out[i].Label = to[out[i].Label]
		}
	}
	return out
}

// newNames returns the names of the classes of the data set, renamed ones as in rename. A name that the data
// set does not have is an error, except where every class of the examples is renamed: then it is no class that
// was misspelt, and the same names serve several data sets.
func newNames(set *data.Dataset, occurs []bool, classes []string, rename map[string]string) ([]string, error) {
	names, all := slices.Clone(set.Labels), true
	for i, name := range names {
		_, ok := rename[name]
		all = all && (ok || !occurs[i])
	}
	for _, name := range slices.Sorted(maps.Keys(rename)) {
		i := slices.Index(set.Labels, name)
		if i < 0 && !all {
			return nil, fmt.Errorf("testset: Classes renames %q, which is no class of the data set: its classes are %s, and the name in the data set comes first, as in --class A=B of the command; leave a class out that the data set does not have", name, few(set.Labels))
		}
		if find(classes, rename[name]) < 0 {
			return nil, fmt.Errorf("testset: Classes renames %q to %q, and the model has no %q%s; expected one of %s, as with --class %q", name, rename[name], []string{rename[name]}, nearest.Hint(rename[name], classes), few(classes), name+"=CLASS")
		}
		if i >= 0 {
			names[i] = rename[name]
		}
	}
	return names, nil
}

// find returns the class with a name; -1 if there is none, or if several differ from it only by case.
func find(classes []string, name string) int {
	if i := slices.Index(classes, name); i >= 0 {
		return i
	}
	same := func(class string) bool { return strings.EqualFold(class, name) }
	i := slices.IndexFunc(classes, same)
	if i >= 0 && slices.ContainsFunc(classes[i+1:], same) {
		return -1
	}
	return i
}

// occurring returns for each class whether an example has it.
func occurring(examples []data.Example, task data.Task, classes int) ([]bool, error) {
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
			if class < 0 || class >= classes {
				return nil, fmt.Errorf("testset: the example %q has the class %d, expected 0 to %d, the classes of its data set", e.ID, class, classes-1)
			}
			occurs[class] = true
		}
	}
	return occurs, nil
}

func renumber(classes, to []int) []int {
	out := make([]int, len(classes))
	for i, class := range classes {
		out[i] = to[class]
	}
	return out
}
