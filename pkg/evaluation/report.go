package evaluation

import "github.com/lorabook/lorabook/pkg/metrics"

// MultiLabelReport contains the evaluations of examples with any number of classes.
type MultiLabelReport struct {
	Before     *metrics.MultiLabelMetrics    `json:"before"`
	After      *metrics.MultiLabelMetrics    `json:"after"`
	Comparison *metrics.MultiLabelComparison `json:"comparison"`
}

// RegressionReport contains the evaluations of examples with a number.
type RegressionReport struct {
	Before     *metrics.RegressionMetrics    `json:"before"`
	After      *metrics.RegressionMetrics    `json:"after"`
	Comparison *metrics.RegressionComparison `json:"comparison"`
}

// TagReport contains the evaluations of sentences with a tag for each word.
type TagReport struct {
	Before     *metrics.TagMetrics    `json:"before"`
	After      *metrics.TagMetrics    `json:"after"`
	Comparison *metrics.TagComparison `json:"comparison"`
}
