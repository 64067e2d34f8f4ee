package runlist

import (
	"cmp"
	"fmt"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/table"
)

// Metric is the main metric of a task.
type Metric string

// The main metrics.
const (
	Accuracy Metric = "accuracy" // of data.SingleLabel: the share of right predictions, 0 to 1
	MicroF1  Metric = "micro_f1" // of data.MultiLabel, 0 to 1
	EntityF1 Metric = "f1"       // of data.TokenClassification, 0 to 1
	MAE      Metric = "mae"      // of data.Regression: the mean absolute error; lower is better
)

// mainMetric returns the main metric of a task; "" for a task without one.
func mainMetric(task data.Task) Metric {
	return map[data.Task]Metric{data.SingleLabel: Accuracy, data.MultiLabel: MicroF1, data.Regression: MAE, data.TokenClassification: EntityF1}[cmp.Or(task, data.SingleLabel)]
}

// Score is a metric on the test examples.
type Score struct {
	Metric Metric  `json:"metric"`
	Value  float64 `json:"value"`
	// Interval is the 95 % interval: Wilson's of the accuracy, the bootstrap's of the others. It is
	// nil if it is undefined.
	Interval *significance.Interval `json:"interval,omitempty"`
}

// ScoreOf returns the main metric of an evaluation; nil if it has none.
func ScoreOf(e evaluation.Evaluation) *Score {
	switch {
	case e.Metrics != nil:
		return &Score{Accuracy, e.Metrics.Accuracy, &e.Metrics.AccuracyInterval}
	case e.MultiLabel != nil:
		return &Score{MicroF1, e.MultiLabel.MicroF1, &e.MultiLabel.MicroF1Interval}
	case e.Regression != nil && e.Regression.MAE.Value != nil:
		return &Score{MAE, *e.Regression.MAE.Value, e.Regression.MAE.Interval}
	case e.Tags != nil:
		return &Score{EntityF1, e.Tags.F1, &e.Tags.F1Interval}
	}
	return nil
}

// compare returns a negative number if s is better than o, and a positive one if it is worse.
func (s Score) compare(o Score) int {
	if s.Metric == MAE {
		return cmp.Compare(s.Value, o.Value)
	}
	return cmp.Compare(o.Value, s.Value)
}

// columns are the columns of a metric after and before training.
func (m Metric) columns() []table.Column {
	switch m {
	case MicroF1:
		return []table.Column{{Name: "micro F1, 95 % interval"}, {Name: "before"}}
	case EntityF1:
		return []table.Column{{Name: "entity F1, 95 % interval"}, {Name: "before"}}
	case MAE:
		return []table.Column{{Name: "mean absolute error, 95 % interval"}, {Name: "before"}}
	}
	return []table.Column{{Name: "accuracy, 95 % interval", Unit: "%"}, {Name: "before", Unit: "%"}}
}

// text writes a value of the metric on a number of examples; 0 if it is not known.
func (m Metric) text(value float64, examples int) string {
	switch m {
	case MicroF1, EntityF1:
		return fmt.Sprintf("%.3f", value)
	case MAE:
		return numerals.Number(value, 4)
	}
	return numerals.Percent(value, examples)
}

// Cell is the score with its interval; nil if it was not measured.
func (s *Score) Cell() any { return s.cell(0) }

// cell is Cell with the decimals of a number of examples.
func (s *Score) cell(examples int) any {
	if s == nil {
		return nil
	}
	return table.Number{Value: s.Value, Text: s.text("", examples)}
}

// text writes the score with its unit and its interval.
func (s *Score) text(unit string, examples int) string {
	text := s.Metric.text(s.Value, examples) + unit
	if s.Interval != nil {
		text += s.Interval.Brackets(func(v float64) string { return s.Metric.text(v, examples) })
	}
	return text
}

// String names the metric and writes the score with its interval: "accuracy 84.0 % (77.9 to 88.7)".
func (s *Score) String() string {
	unit := ""
	if s.Metric == Accuracy {
		unit = " %"
	}
	return string(s.Metric) + " " + s.text(unit, 0)
}

// plain is the score without its interval; nil if it was not measured.
func (s *Score) plain(examples int) any {
	if s == nil {
		return nil
	}
	return table.Number{Value: s.Value, Text: s.Metric.text(s.Value, examples)}
}
