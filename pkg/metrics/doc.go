// Package metrics evaluates the [Predictions] of any classifier: accuracy, F1, loss, AUC and
// calibration with 95 % confidence intervals. It compares two classifiers on the same examples
// with an interval and a significance test: [Compare], or, for models that were trained several
// times with different seeds, [CompareRepeated]. The intervals and tests themselves, for any numbers,
// are in package significance.
//
//	before, err := metrics.Measure(base)              // *Metrics: accuracy, F1, ROC AUC, confusion
//	after, err := metrics.Measure(tuned)
//	c, err := metrics.Compare(ctx, base, tuned, significance.Bootstrap{Seed: 1})
//	fmt.Println(before, after, c)                     // each in a few lines, for people
//
// Answers with several classes per example are [MultiLabelPredictions], measured by
// [MeasureMultiLabel] and compared by [CompareMultiLabel]; numbers are [RegressionPredictions],
// measured by [MeasureRegression] and compared by [CompareRegression]; tags of words are
// [TagPredictions], whose entities [MeasureTags] counts as seqeval does and [CompareTags] compares.
// [ScaleTemperature] and [FitThresholds] fit a temperature and thresholds on validation
// predictions.
//
// [Measure] and [Calibrate] agree with scikit-learn on the same probabilities, [CompareRepeated] with
// statsmodels, the metrics of several labels with scikit-learn, and correlations with scipy; the
// scripts in testdata compute the values that the tests compare with. An undefined value, such as the
// AUC of a class without examples, is nil with a reason, never NaN.
package metrics
