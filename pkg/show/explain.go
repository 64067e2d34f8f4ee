package show

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// fewExamples is the number of examples below which a text says that they are few.
const fewExamples = 30

// changed describes the change in accuracy.
func changed(c *metrics.Comparison) string {
	d := c.Difference
	text := sayf("Accuracy is the same before and after on %d test examples", c.Examples)
	switch {
	case d > 0:
		text = sayf("Accuracy rose by %s points on %d test examples", numerals.Percent(d, c.Examples), c.Examples)
	case d < 0:
		text = sayf("Accuracy fell by %s points on %d test examples", numerals.Percent(-d, c.Examples), c.Examples)
	}
	return fmt.Sprintf("%s (%s).", text, c.Interval.Text(func(v float64) string { return numerals.Points(v, c.Examples) }))
}

// evidence explains what the interval of the difference and McNemar's test say about it.
func evidence(c *metrics.Comparison) string {
	p, contains := c.Test.PValue, c.Interval.Low <= 0 && c.Interval.High >= 0
	text := ""
	switch {
	case c.Fixed+c.Broken == 0:
		text = "No prediction became right or wrong, so there is nothing to test."
	case contains && p >= significanceLevel:
		text = sayf("The interval contains 0, and %s: chance can explain that %d predictions became right and %d wrong. These examples do not show whether training changed the accuracy.", numerals.PValue(p), c.Fixed, c.Broken)
	case !contains && p < significanceLevel:
		text = sayf("The interval does not contain 0. If training had no effect on the accuracy, counts as unequal as %d and %d would have the probability %s: chance does not explain the difference.", c.Fixed, c.Broken, numerals.PValue(p))
	default:
		text = fmt.Sprintf("The interval and McNemar's test (%s) disagree about whether chance can explain the difference: the evidence is weak.", numerals.PValue(p))
	}
	if c.Examples < fewExamples {
		text += sayf(" %d test examples are few: both methods are approximate, and only a large difference can be found.", c.Examples)
	}
	return text
}

// untrained explains the accuracy and the ranking of a model before training.
func untrained(m *metrics.Metrics) string {
	share, majorityText := majority(m)
	interval, text := m.AccuracyInterval, ""
	only := onlyAnswer(m)
	if only != "" {
		text = fmt.Sprintf("The model predicts %q for every example. ", only)
	}
	spread := fmt.Sprintf("%s to %s", numerals.Percent(interval.Low, m.Examples), percent(interval.High, m.Examples))
	if interval.Low > share {
		return text + fmt.Sprintf("The 95 %% interval of the accuracy, %s, is above the %s of the majority-class baseline: the model distinguishes the classes to some degree. Either its folder contains a trained classifier, or the random weights of a new one fit by chance.", spread, percent(share, m.Examples))
	}
	ranking := unexpectedRanking(m)
	if interval.High < share {
		text += fmt.Sprintf("The 95 %% interval of the accuracy, %s, is below the %s of the majority-class baseline.", spread, percent(share, m.Examples))
		if majorityText != oneClassOnly {
			text += " A new classifier does not know which class is frequent."
		}
		return text + ranking
	}
	text += fmt.Sprintf("The 95 %% interval of the accuracy, %s, contains the %s of the majority-class baseline: the accuracy does not differ from chance.", spread, percent(share, m.Examples))
	if ranking != "" && only != "" {
		ranking += " The accuracy is that of chance nevertheless, because all predictions are the same."
	}
	return text + ranking
}

// beyondMajority compares a trained model with always predicting the most frequent class: an accuracy that
// rose to the share of that class is no evidence that the model distinguishes the classes. It names
// classes that are never predicted. It is empty where there is nothing to say.
func beyondMajority(m *metrics.Metrics) string {
	share, _ := majority(m)
	if share == 1 {
		return fmt.Sprintf("All test examples have the class %q: the accuracy does not show whether the model distinguishes the classes.", mostFrequent(m).Name)
	}
	if only := onlyAnswer(m); only != "" {
		return fmt.Sprintf("The trained model predicts %q for every example: it does not distinguish the classes.", only)
	}
	text := ""
	if m.AccuracyInterval.Low <= share {
		relation := "contains"
		if m.AccuracyInterval.High < share {
			relation = "is below"
		}
		text = fmt.Sprintf("The 95 %% interval of the accuracy after training, %s to %s, %s the %s of the majority-class baseline: the accuracy does not show that the model distinguishes the classes. ",
			numerals.Percent(m.AccuracyInterval.Low, m.Examples), percent(m.AccuracyInterval.High, m.Examples), relation, percent(share, m.Examples))
	}
	var never []string
	for _, c := range m.Classes {
		if c.Support > 0 && c.Answered == 0 {
			never = append(never, strconv.Quote(c.Name))
		}
	}
	if len(never) > 0 {
		const most = 5
		names := strings.Join(never[:min(most, len(never))], ", ")
		if len(never) > most {
			names += ", …"
		}
		text += sayf("%d of the %d classes %s never predicted after training: %s.", len(never), len(m.Classes), plural(len(never), "is", "are"), names)
	}
	return strings.TrimSpace(text)
}

// onlyAnswer returns the class that is predicted for every example; "" if there are several.
func onlyAnswer(m *metrics.Metrics) string {
	for _, c := range m.Classes {
		if c.Answered == m.Examples {
			return c.Name
		}
	}
	return ""
}

// rankingErrors is the number of standard errors from which on a ranking counts as different
// from a random one.
const rankingErrors = 3

// unexpectedRanking explains an area under the ROC curve of a new classifier that is far from
// 0.5, in sentences with a space before them; "" for other areas. With more than two classes it
// is about the class with the most unusual area.
func unexpectedRanking(m *metrics.Metrics) string {
	classes := m.Classes
	if len(classes) == 2 {
		classes = classes[1:]
	}
	return farFromRandom(classes, m.Examples)
}

// farFromRandom explains the most unusual area of classes, as unexpectedRanking does.
func farFromRandom(classes []metrics.ClassMetrics, examples int) string {
	var far metrics.ClassMetrics
	most := 0.0
	for _, c := range classes {
		if c.ROCAUC.Value == nil {
			continue
		}
		if z := (*c.ROCAUC.Value - 0.5) / randomAreaError(c.Support, examples-c.Support); math.Abs(z) > math.Abs(most) {
			far, most = c, z
		}
	}
	if math.Abs(most) <= rankingErrors {
		return ""
	}
	side, direction := "above", "in the right direction by chance"
	if most < 0 {
		side, direction = "below", "in the wrong direction by chance"
	}
	return fmt.Sprintf(" But the ROC AUC of %q, %.2f, is %.1f standard errors %s the 0.5 of a random ranking. The pre-trained features contain information about the classes, and the random weights of a new classifier combine it %s: with the opposite sign of all weights, the AUC would be %.2f. This is no knowledge: another seed has another direction.",
		far.Name, *far.ROCAUC.Value, math.Abs(most), side, direction, 1-*far.ROCAUC.Value)
}

// randomAreaError returns the standard error of the area under the ROC curve of a random ranking
// of so many examples of a class and of the rest (Hanley and McNeil 1982,
// doi:10.1148/radiology.143.1.7063747; the variance of the Mann-Whitney statistic).
func randomAreaError(class, rest int) float64 {
	return math.Sqrt(float64(class+rest+1) / (12 * float64(class) * float64(rest)))
}

// calibration explains the expected calibration errors before and after training.
func calibration(before, after *metrics.Metrics) string {
	old, now := before.Calibration.ECE, after.Calibration.ECE
	text := changedError(old, now)
	confidence := meanConfidence(after)
	gap := 100 * (confidence - after.Accuracy)
	side := "overconfident"
	if gap < 0 {
		side = "underconfident"
	}
	text += fmt.Sprintf(" After training the mean probability of the predicted class is %.1f %%, and %s of the predictions are right", 100*confidence, percent(after.Accuracy, after.Examples))
	if math.Abs(gap) < 0.05 {
		text += ": on average the model is neither over- nor underconfident."
	} else {
		text += fmt.Sprintf(": on average the model is %s by %.1f points.", side, math.Abs(gap))
	}
	if earlier := meanConfidence(before); now > old && after.Accuracy > before.Accuracy && confidence > earlier {
		text += fmt.Sprintf(" A low error does not mean an accurate model: before training, the probabilities (mean %.1f %%) and the accuracy (%.1f %%) were both low, and so they agreed.", 100*earlier, 100*before.Accuracy)
	}
	return text
}

// changedError describes the change of the expected calibration error.
func changedError(old, now float64) string {
	switch {
	case fmt.Sprintf("%.3f", old) == fmt.Sprintf("%.3f", now):
		return fmt.Sprintf("The expected calibration error is the same before and after, %.3f.", now)
	case now > old:
		return fmt.Sprintf("The expected calibration error rose from %.3f to %.3f.", old, now)
	}
	return fmt.Sprintf("The expected calibration error fell from %.3f to %.3f.", old, now)
}

// meanConfidence is the mean probability of the predicted class.
func meanConfidence(m *metrics.Metrics) float64 {
	sum := 0.0
	for _, b := range m.Calibration.Bins {
		sum += b.Confidence * float64(b.Examples) / float64(m.Examples)
	}
	return sum
}

// smallBins describes the points of a reliability diagram that stand for few examples; "" if
// none does.
func smallBins(m *metrics.Metrics) (string, error) {
	few, points := 0, 0
	var smallest metrics.CalibrationBin
	for _, b := range m.Calibration.Bins {
		if b.Examples == 0 {
			continue
		}
		points++
		if b.Examples < fewExamples {
			few++
			if smallest.Examples == 0 || b.Examples < smallest.Examples {
				smallest = b
			}
		}
	}
	if few == 0 {
		return "", nil
	}
	right := int(math.Round(smallest.Accuracy * float64(smallest.Examples)))
	interval, err := significance.Wilson(right, smallest.Examples, 0.95)
	if err != nil {
		return "", err
	}
	return sayf("%d of the %d points after training %s fewer than %d predictions: %s uncertain. In the smallest, %d of %d %s right: the 95 %% interval is %.0f to %.0f %%.",
		few, points, plural(few, "contains", "contain"), fewExamples, plural(few, "its accuracy is", "their accuracies are"), right, smallest.Examples, plural(right, "is", "are"), 100*interval.Low, 100*interval.High), nil
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
