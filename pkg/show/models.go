package show

import (
	"fmt"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/table"
)

// The names of the rows of a table of models.
const (
	wordsModel  = "bag of words, no BERT"
	beforeModel = "BERT before training"
	afterModel  = "BERT after training"
)

// model is a row of a table of models.
type model[M any] struct {
	name    string
	metrics *M // nil for a model that was not measured
}

// addModels adds a table with a row for each measured model. The first column is the model's
// name, the others are those of cells.
func addModels[M any](f *Figures, columns []table.Column, cells func(*M) []any, models ...model[M]) error {
	title := "Test examples: BERT and answers without BERT"
	if !slices.ContainsFunc(models, func(m model[M]) bool { return m.name == wordsModel || m.name == wordTagsModel }) {
		title = "Test examples: BERT" // earlier versions did not measure the others
		f.note("An earlier version of lorabook wrote this run folder, without answers of a bag of words. A new folder (-p run=NAME) contains them.")
	}
	t := table.New(title, append([]table.Column{{Name: "model"}}, columns...)...)
	for _, m := range models {
		if m.metrics != nil {
			t.Add(append([]any{m.name}, cells(m.metrics)...)...)
		}
	}
	f.Tables = append(f.Tables, t)
	return t.Err()
}

// cheapModels are the rows of a pair of baselines.
func cheapModels[M any](constant string, p *evaluation.CheapPair[M]) []model[M] {
	if p == nil { // a result of an earlier version
		return nil
	}
	return []model[M]{{constant, p.Constant}, {wordsModel, p.BagOfWords}}
}

func (f *Figures) singleModels(cheap *evaluation.CheapBaselines, before, after *metrics.Metrics) error {
	var models []model[metrics.Metrics]
	if cheap != nil {
		models = cheapModels("majority class, no BERT", cheap.SingleLabel)
	}
	return addModels(f, []table.Column{{Name: "accuracy, 95 % interval", Unit: "%"}, {Name: "macro F1", Format: "%.3f"}},
		func(m *metrics.Metrics) []any {
			return []any{share(m.Accuracy, m.AccuracyInterval, m.Examples), m.MacroF1}
		},
		append(models, model[metrics.Metrics]{beforeModel, before}, model[metrics.Metrics]{afterModel, after})...)
}

func (f *Figures) severalModels(cheap *evaluation.CheapBaselines, before, after *metrics.MultiLabelMetrics) error {
	var models []model[metrics.MultiLabelMetrics]
	if cheap != nil {
		models = cheapModels("label frequencies, no BERT", cheap.MultiLabel)
	}
	return addModels(f, []table.Column{{Name: "micro F1, 95 % interval"}, {Name: "macro F1, 95 % interval"}, {Name: "mean ROC AUC"},
		{Name: "exactly right, 95 % interval", Unit: "%"}},
		func(m *metrics.MultiLabelMetrics) []any {
			return []any{within(m.MicroF1, &m.MicroF1Interval), within(m.MacroF1, &m.MacroF1Interval), number(m.ROCAUC.Value, "%.3f"), share(m.SubsetAccuracy, m.SubsetAccuracyInterval, m.Examples)}
		},
		append(models, model[metrics.MultiLabelMetrics]{beforeModel, before}, model[metrics.MultiLabelMetrics]{afterModel, after})...)
}

func (f *Figures) numberModels(cheap *evaluation.CheapBaselines, before, after *metrics.RegressionMetrics) error {
	var models []model[metrics.RegressionMetrics]
	if cheap != nil {
		models = cheapModels("mean of the training values, no BERT", cheap.Regression)
	}
	return addModels(f, []table.Column{{Name: "mean absolute error, 95 % interval"}, {Name: "root mean squared error"},
		{Name: "Pearson, 95 % interval"}, {Name: "Spearman, 95 % interval"}},
		func(m *metrics.RegressionMetrics) []any {
			return []any{estimate(m.MAE), numberCell(m.RMSE.Value, 4), estimate(m.Pearson), estimate(m.Spearman)}
		},
		append(models, model[metrics.RegressionMetrics]{beforeModel, before}, model[metrics.RegressionMetrics]{afterModel, after})...)
}

// share is a share of examples with its interval, in percent.
func share(value float64, i significance.Interval, examples int) table.Number {
	return table.Number{Value: value, Text: numerals.Percent(value, examples) + spread(i, examples)}
}

// spread is an interval of a share of examples, in percent: " (92.8 to 93.4)".
func spread(i significance.Interval, examples int) string {
	return i.Brackets(func(v float64) string { return numerals.Percent(v, examples) })
}

// within is a number with its interval, if there is one.
func within(value float64, i *significance.Interval) table.Number {
	text := numerals.Number(value, 3)
	if size := math.Abs(value); size <= 1 && (size >= 0.01 || size == 0) {
		text = fmt.Sprintf("%.3f", value)
	}
	if i != nil {
		text += i.Brackets(func(v float64) string { return like(text, v) })
	}
	return table.Number{Value: value, Text: text}
}

// numberCell is a number of any size with significant digits; "undefined" without one.
func numberCell(value *float64, digits int) table.Number {
	if value == nil {
		return number(nil, "")
	}
	return table.Number{Value: *value, Text: numerals.Number(*value, digits)}
}

// signedCell is numberCell with a sign.
func signedCell(value float64, digits int) table.Number {
	return table.Number{Value: value, Text: numerals.Signed(value, digits)}
}

// like writes a value with as many decimals as another number has.
func like(number string, value float64) string {
	decimals := 0
	for i := range number {
		if number[i] == '.' {
			decimals = len(number) - i - 1
		}
	}
	return numerals.Group(fmt.Sprintf("%.*f", decimals, value))
}

// estimate is an estimate with its interval; "undefined" if it has no value.
func estimate(e significance.Estimate) table.Number {
	if e.Value == nil {
		return table.Number{Value: math.NaN(), Text: "undefined"}
	}
	return within(*e.Value, e.Interval)
}

// number is a number that may be undefined.
func number(value *float64, format string) table.Number {
	if value == nil {
		return table.Number{Value: math.NaN(), Text: "undefined"}
	}
	return table.Number{Value: *value, Text: fmt.Sprintf(format, *value)}
}
