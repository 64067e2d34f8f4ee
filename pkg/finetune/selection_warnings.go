package finetune

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/splits"
)

// selectionWarnings says that the validation examples cannot select a state by the criterion of the experiment,
// so that another number decides, or that they have no example of some classes.
func (e Experiment) selectionWarnings(examples *splits.Examples) (list []string) {
	held, by := examples.Validation, e.Training.MetricForBestModel
	if len(held) == 0 {
		return nil
	}
	outside, isTagged := slices.Index(examples.Labels, "O"), func(tag int) bool { return tag >= 0 && examples.Labels[tag] != "O" }
	undefined := ""
	switch by {
	case objective.ByPearson, objective.BySpearman:
		if !slices.ContainsFunc(held, func(x data.Example) bool { return x.Value != held[0].Value }) {
			undefined = fmt.Sprintf("have one number, %v, for which no correlation is defined", held[0].Value)
		}
	case objective.ByMicroF1, objective.ByMacroF1, objective.ByF1:
		switch {
		case e.task() == data.MultiLabel && !slices.ContainsFunc(held, func(x data.Example) bool { return len(x.Labels) > 0 }):
			undefined = "have no class, so that every F1 is 0"
		case e.task() == data.TokenClassification && outside >= 0 && !slices.ContainsFunc(held, func(x data.Example) bool { return slices.ContainsFunc(x.Tags, isTagged) }):
			undefined = "have no entity, so that every F1 is 0"
		}
	}
	if undefined != "" {
		list = append(list, fmt.Sprintf("training.metric_for_best_model is %q, but the %d validation examples %s: the lowest validation loss decides which state is kept; use other validation examples", by, len(held), undefined))
	}
	return append(list, e.absentClasses(examples)...)
}

// absentClasses warns of classes without a validation example.
func (e Experiment) absentClasses(examples *splits.Examples) []string {
	counts, err := data.Counts(examples.Validation, len(examples.Labels))
	if err != nil || e.task() != data.SingleLabel { // examples of other tasks have no Label
		return nil
	}
	const most = 12 // names
	var absent []string
	for class, n := range counts {
		if n == 0 {
			absent = append(absent, examples.Labels[class])
		}
	}
	more := ""
	if len(absent) > most {
		absent, more = absent[:most], fmt.Sprintf(" and %d more", len(absent)-most)
	}
	if len(absent) == 0 {
		return nil
	}
	uses := "the choice of the kept state, early stopping and the calibration leave"
	if e.Training.MetricForBestModel == objective.Last {
		uses = "the calibration leaves"
	}
	return []string{fmt.Sprintf("the %d validation examples have none of the classes %q%s: %s these classes out; use other validation examples, or more", len(examples.Validation), absent, more, uses)}
}
