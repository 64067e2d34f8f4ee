package finetune

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Validation examples that cannot select a state by the criterion give a warning, and others none.
func TestSelectionWarnings(t *testing.T) {
	numbers := func(values ...float64) (list []data.Example) {
		for _, v := range values {
			list = append(list, data.Example{Label: -1, Value: v})
		}
		return list
	}
	classes := func(labels ...int) (list []data.Example) {
		for _, label := range labels {
			list = append(list, data.Example{Label: label})
		}
		return list
	}
	several := func(labels ...[]int) (list []data.Example) {
		for _, l := range labels {
			list = append(list, data.Example{Label: -1, Labels: l})
		}
		return list
	}
	tagged := func(tags ...[]int) (list []data.Example) {
		for _, l := range tags {
			list = append(list, data.Example{Label: -1, Tags: l})
		}
		return list
	}
	names, tags := []string{"a", "b", "c"}, []string{"O", "B-PER", "I-PER"}
	for name, c := range map[string]struct {
		task   data.Task
		by     objective.BestBy
		labels []string
		held   []data.Example
		want   string // "" for no warning
	}{
		"one number":                {data.Regression, objective.ByPearson, nil, numbers(2.5, 2.5), `"pearson", but the 2 validation examples have one number, 2.5`},
		"one example":               {data.Regression, objective.BySpearman, nil, numbers(7), `"spearman", but the 1 validation examples have one number, 7`},
		"one number, by error":      {data.Regression, objective.ByMAE, nil, numbers(2.5, 2.5), ""},
		"two numbers":               {data.Regression, objective.ByPearson, nil, numbers(2.5, 2.5, 1), ""},
		"no class of several":       {data.MultiLabel, objective.ByMacroF1, names, several(nil, nil), "have no class"},
		"no class of several, loss": {data.MultiLabel, objective.ByLoss, names, several(nil, nil), ""},
		"one of several":            {data.MultiLabel, objective.ByMacroF1, names, several(nil, []int{2}), ""},
		"no entity":                 {data.TokenClassification, objective.ByF1, tags, tagged([]int{0, 0}, []int{0, -1}), "have no entity"},
		"an entity":                 {data.TokenClassification, objective.ByF1, tags, tagged([]int{0, 0}, []int{1, 2}), ""},
		"absent classes":            {data.SingleLabel, objective.ByLoss, names, classes(1, 1), `have none of the classes ["a" "c"]: the choice`},
		"absent classes, last":      {data.SingleLabel, objective.Last, names, classes(1, 0), `have none of the classes ["c"]: the calibration leaves`},
		"all classes":               {data.SingleLabel, objective.ByAccuracy, names, classes(1, 0, 2), ""},
		"nothing held out":          {data.SingleLabel, objective.ByAccuracy, names, nil, ""},
	} {
		e := Experiment{Task: c.task, Training: Training{MetricForBestModel: c.by}}
		got := e.selectionWarnings(&splits.Examples{Labels: c.labels, Validation: c.held})
		if len(got) > 1 || (len(got) == 1) != (c.want != "") || c.want != "" && !strings.Contains(got[0], c.want) {
			t.Errorf("%s: %q, expected %q", name, got, c.want)
		}
	}
}

// The warning reaches the progress of a training, and the report.
func TestSelectionWarningsAreShown(t *testing.T) {
	e := toy(t)
	e.Training.Epochs = 1
	var shown notes
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t), Progress: &shown})
	examples, err := r.Examples(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	examples.Validation = slices.DeleteFunc(examples.Validation, func(x data.Example) bool { return x.Label == 0 })
	report, err := r.Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	says := func(w string) bool { return strings.Contains(w, `none of the classes ["bad"]`) }
	if !slices.ContainsFunc(shown.warnings(), says) || !slices.ContainsFunc(report.Warnings, says) {
		t.Errorf("shown %q, reported %q", shown.warnings(), report.Warnings)
	}
}
