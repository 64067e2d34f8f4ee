package testset

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
)

// undefined returns warnings about the metrics that examples of these answers do not define. classes are the
// model's, as in the examples.
func undefined(task data.Task, classes []string, examples []data.Example) []string {
	if task == data.Regression {
		return constant(examples)
	}
	occurs, _ := occurring(examples, task, len(classes)) // matched returned no error
	var absent, present []string
	for i, name := range classes {
		if occurs[i] {
			present = append(present, name)
		} else {
			absent = append(absent, name)
		}
	}
	var list []string
	what := "classes"
	if task == data.TokenClassification { // a tag may be absent in another scheme
		what, absent = "types of entities", absentTypes(classes, occurs)
	}
	if len(absent) > 0 {
		list = append(list, fmt.Sprintf("no example has the %s %s of the model: every answer with one of them counts as wrong, also if the data set does not state them; macro averages count their F1 as 0%s", what, few(absent), areas(task)))
	}
	switch {
	case task == data.TokenClassification:
		if !slices.ContainsFunc(present, func(tag string) bool { return tag != "O" }) {
			list = append(list, "no sentence has an entity: recall and F1 of entities are not defined and stand as 0; precision is 0 if the model gives one")
		}
	case task == data.MultiLabel && len(present) == 0:
		list = append(list, "no example has a class: recall and F1 are not defined and stand as 0; if the labels are hidden, the other numbers mean nothing")
	case task == data.SingleLabel && len(present) == 1:
		list = append(list, fmt.Sprintf("every example has the class %q: the accuracy is the recall of this class, and its precision is 1 or not defined; how often other texts get this class is not known", present[0]))
	}
	return list
}

// absentTypes returns the types of entities of which no tag occurs; "_" is that of tags without one, such as B.
func absentTypes(tags []string, occurs []bool) (absent []string) {
	found := map[string]bool{}
	for i, name := range tags {
		if _, kind, typed := strings.Cut(name, "-"); name != "O" {
			if !typed {
				kind = "_"
			}
			found[kind] = found[kind] || occurs[i]
		}
	}
	for _, name := range slices.Sorted(maps.Keys(found)) {
		if !found[name] {
			absent = append(absent, name)
		}
	}
	return absent
}

// areas says which areas are not defined if a class has no example.
func areas(task data.Task) string {
	if task == data.TokenClassification {
		return ""
	}
	return "; their recall stands as 0, and their ROC AUC and its mean are not defined"
}

// constant returns a warning about numbers that are all the same.
func constant(examples []data.Example) []string {
	value := examples[0].Value
	for _, e := range examples {
		if e.Value != value {
			return nil
		}
	}
	switch {
	case value == -1:
		return []string{"the number of every example is -1, which benchmarks write in place of hidden labels: if these are hidden, the result means nothing"}
	case len(examples) > 1:
		return []string{fmt.Sprintf("the number of every example is %v: the correlations and R2 are not defined", value)}
	}
	return nil
}
