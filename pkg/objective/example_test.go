package objective_test

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/objective"
)

// A loss and a criterion are checked against the task before anything is trained.
func ExampleValidate() {
	loss := objective.Loss{ClassWeights: objective.Balanced, LabelSmoothing: 0.1}
	fmt.Println(objective.Validate(data.SingleLabel, loss, objective.ByAccuracy))
	fmt.Println(objective.Validate(data.Regression, objective.Loss{}, objective.ByAccuracy))
	fmt.Println(objective.Validate(data.MultiLabel, loss, objective.ByMicroF1))
	// Output:
	// <nil>
	// experiment: training.metric_for_best_model is "accuracy", which the task regression does not have: expected one of ["loss" "pearson" "spearman" "mae" "last"]
	// experiment: training.loss.class_weights is set, but belongs to the task single_label_classification, and the task is multi_label_classification: leave it out
}

// The criteria of each task, the values of metric_for_best_model.
func ExampleCriteria() {
	for _, task := range []data.Task{data.SingleLabel, data.MultiLabel, data.Regression, data.TokenClassification} {
		fmt.Println(task, objective.Criteria(task))
	}
	// Output:
	// single_label_classification [loss accuracy last]
	// multi_label_classification [loss micro_f1 macro_f1 last]
	// regression [loss pearson spearman mae last]
	// token_classification [loss f1 macro_f1 last]
}
