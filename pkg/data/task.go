package data

// Task is the kind of answer that an example has. The names are transformers' values of
// problem_type; TokenClassification has no such value, and the name of Trainer's example.
type Task string

const (
	// SingleLabel is one class per example: Example.Label.
	SingleLabel Task = "single_label_classification"
	// MultiLabel is any number of classes per example, none included: Example.Labels.
	MultiLabel Task = "multi_label_classification"
	// Regression is a number per example: Example.Value.
	Regression Task = "regression"
	// TokenClassification is a tag for each word of a sentence: Example.Words and Example.Tags.
	TokenClassification Task = "token_classification"
)
