package show

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/table"
)

// A task without charts is refused, before anything is computed.
func TestTasksWithoutCharts(t *testing.T) {
	ctx := t.Context()
	r := &finetune.Run{Experiment: finetune.Experiment{Task: "question_answering"}}
	figures := func(_ Figures, err error) error { return err }
	for name, err := range map[string]error{
		"Comparison": figures(Comparison(ctx, r)), "Predictions": figures(Predictions(ctx, r)), "Calibration": figures(Calibration(ctx, r)),
		"Confidence": figures(Confidence(ctx, r)), "ByLength": figures(ByLength(ctx, r)),
		"Ranking": figures(Ranking(ctx, r, "")), "Threshold": figures(Threshold(ctx, r, "")), "Flips": figures(Flips(ctx, r)),
		"Demonstration": figures(Demonstration(ctx, r, nil)), "Try": Try(ctx, r, ""),
		"Flipped":   func() error { _, err := Flipped(ctx, r); return err }(),
		"NewCurves": func() error { _, err := NewCurves(r.Experiment); return err }(),
		"Open":      func() error { _, err := open(t.TempDir(), r.Experiment); return err }(),
	} {
		var task *TaskError
		if !errors.As(err, &task) {
			t.Errorf("%s: %v, expected a *TaskError", name, err)
		}
	}
}

// drawAll returns a function that draws figures, and the text of all of them.
func drawAll(t *testing.T) (put func(Figures, error), text *strings.Builder) {
	text = &strings.Builder{}
	return func(f Figures, err error) {
		t.Helper()
		if err == nil {
			err = f.write(text, func(t *table.Table) error { text.WriteString(t.Text()); return t.Err() }, table.ShowSlider, func(c chart.Chart) error {
				if _, err := c.SVG(); err != nil {
					return err
				}
				if _, err := c.Options(); err != nil {
					return err
				}
				text.WriteString(c.Text())
				return nil
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}, text
}

// severalAnswers are predictions for n examples, the better the larger skill is. pairs are those of
// pairs of texts.
func severalAnswers(classes []string, n int, skill float64) *metrics.MultiLabelPredictions {
	labels, noise := rand.New(rand.NewPCG(5, uint64(len(classes)))), rand.New(rand.NewPCG(uint64(len(classes)), uint64(100*skill)))
	p := &metrics.MultiLabelPredictions{Classes: classes}
	for i := range n {
		var own []int
		for class := range classes {
			logit := noise.NormFloat64() - 0.3
			if labels.IntN(3) == 0 {
				own, logit = append(own, class), logit+skill
			}
			p.Logits = append(p.Logits, float32(logit))
		}
		p.IDs, p.Labels = append(p.IDs, fmt.Sprint("row ", i)), append(p.Labels, own)
	}
	return p
}

func textsFor(ids, labels []string, pairs bool, set func(i int, e *data.Example)) *splits.Examples {
	r := &splits.Examples{Name: "letters", Labels: labels}
	for i, id := range ids {
		e := data.Example{ID: id, Text: "Text number " + id + strings.Repeat(" word", 60)}
		if pairs {
			e.TextPair = "Second text of " + id
		}
		set(i, &e)
		r.Test = append(r.Test, e)
	}
	return r
}

// manyLabels answers every text with two classes.
type manyLabels []string

func (m manyLabels) Task() data.Task { return data.MultiLabel }

func (m manyLabels) Classify(_ context.Context, texts []string) ([]classify.Answer, error) {
	a := classify.Answer{Labels: m[:min(2, len(m))], Probabilities: make([]float64, len(m))}
	a.Probabilities[len(m)-1] = 0.9
	return []classify.Answer{a}, nil
}

func (m manyLabels) ClassifyExamples(ctx context.Context, examples []data.Example) ([]classify.Answer, error) {
	return m.Classify(ctx, nil)
}

func (m manyLabels) Words(ctx context.Context, text, class string) ([]classify.WordEffect, error) {
	return parrot(m).Words(ctx, text, class)
}

func (m manyLabels) WordsOfPair(ctx context.Context, text, pair, class string) (a, b []classify.WordEffect, err error) {
	if a, err = m.Words(ctx, text, class); err == nil {
		b, err = m.Words(ctx, pair, class)
	}
	return a, b, err
}

// Several labels are shown for any number of them and any names, alone and as pairs of texts.
func TestSeveralLabels(t *testing.T) {
	sets := map[string][]string{"one": {"urgent"}, "two": {"early", "late"}, "micro average": {"micro average", "macro average", "all"}, "fifty": topics(50), "seventy": topics(70)}
	for name, classes := range sets {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			before, after := severalAnswers(classes, 60, 0), severalAnswers(classes, 60, 3)
			few := significance.Bootstrap{Resamples: 100}
			report := &finetune.Report{Training: &finetune.Trained{}, MultiLabel: &evaluation.MultiLabelReport{}}
			var err error
			if report.MultiLabel.Before, err = metrics.MeasureMultiLabel(ctx, before, few); err != nil {
				t.Fatal(err)
			}
			if report.MultiLabel.After, err = metrics.MeasureMultiLabel(ctx, after, few); err != nil {
				t.Fatal(err)
			}
			if report.MultiLabel.Comparison, err = metrics.CompareMultiLabel(ctx, before, after, few); err != nil {
				t.Fatal(err)
			}
			cheap := &evaluation.CheapBaselines{MultiLabel: &evaluation.CheapPair[metrics.MultiLabelMetrics]{Constant: report.MultiLabel.Before, BagOfWords: report.MultiLabel.Before}}
			pairs := name == "two"
			reviews := textsFor(after.IDs, classes, pairs, func(i int, e *data.Example) { e.Labels = after.Labels[i] })
			tokens := make([]int, after.Len())
			for i := range tokens {
				tokens[i] = 5 + i%40
			}
			put, text := drawAll(t)
			put(Figures{Notes: []string{answersOf(data.MultiLabel, reviews)}}, nil)
			put(Baseline(&finetune.Baseline{Evaluation: evaluation.Evaluation{MultiLabel: report.MultiLabel.Before}, Cheap: cheap}))
			put(classProbabilities(before))
			put(comparison(report, cheap))
			put(decisionsByClass(report.MultiLabel.Before, report.MultiLabel.After))
			put(severalROC(before, after, report.MultiLabel, ""))
			put(severalROC(before, after, report.MultiLabel, classes[0]))
			put(severalThreshold(before, after, ""))
			put(severalThreshold(before, after, classes[0]))
			put(severalByLength(ctx, before, after, tokens))
			put(severalCalibration(before, after))
			put(flips(report, reviews))
			put(severalDemonstration(reviews, after))
			put(Words(ctx, manyLabels(classes), "Words", classes, "", flipped(report, reviews)...))
			put(Words(ctx, manyLabels(classes), "Words", classes, "", examples(data.MultiLabel, reviews)...))
			for _, class := range classes {
				if !strings.Contains(text.String(), class) {
					t.Errorf("class %q is nowhere", class)
				}
			}
			for _, want := range []string{"bag of words, no BERT", "label frequencies, no BERT", "Micro F1 rose from ", "does not contain 0"} {
				if !strings.Contains(text.String(), want) {
					t.Errorf("no %q in\n%s", want, text)
				}
			}
			if m := regexp.MustCompile(`(?i).*\b(accuracy|reviews?|films?)\b.*`).FindString(text.String()); m != "" {
				t.Errorf("several labels have no accuracy, and the texts are no reviews: %s", m)
			}
			if pairs && !strings.Contains(text.String(), "Second text of row") {
				t.Errorf("the second texts are nowhere in\n%s", text)
			}
			if _, err := severalROC(before, after, report.MultiLabel, "eggs"); err == nil {
				t.Error("an unknown positive class has a curve")
			}
			offered := offer(data.MultiLabel, report, reviews)
			if len(offered) != 60 || !strings.HasSuffix(offered[0].Name, ", prediction changed") {
				t.Errorf("offered %d examples, %q first", len(offered), offered[0].Name)
			}
		})
	}
}

// numberAnswers are predictions of numbers, the nearer the larger skill is; without skill they do
// not depend on the values.
func numberAnswers(n int, skill float64) *metrics.RegressionPredictions {
	values, noise := rand.New(rand.NewPCG(5, 6)), rand.New(rand.NewPCG(7, uint64(100*skill)))
	p := &metrics.RegressionPredictions{}
	for i := range n {
		v := 1 + 4*values.Float64()
		p.IDs, p.Values = append(p.IDs, fmt.Sprint("row ", i)), append(p.Values, v)
		p.Answers = append(p.Answers, skill*v+0.2*noise.NormFloat64())
	}
	return p
}

// scorer answers every text with its number of words.
type scorer struct{}

func (scorer) Task() data.Task { return data.Regression }

func (scorer) Classify(context.Context, []string) ([]classify.Answer, error) {
	return nil, &classify.TaskError{Task: data.Regression, Call: "Classify", Use: "Score"}
}

func (scorer) Score(_ context.Context, texts []string) (out []classify.Number, err error) {
	for _, text := range texts {
		out = append(out, classify.Number{Value: float64(len(strings.Fields(text)))})
	}
	return out, nil
}

func (scorer) ScoreExamples(_ context.Context, examples []data.Example) (out []classify.Number, err error) {
	return make([]classify.Number, len(examples)), nil
}

func (scorer) Words(_ context.Context, text, class string) (out []classify.WordEffect, err error) {
	if class != "" {
		return nil, errors.New("a regression has no class")
	}
	for _, w := range strings.Fields(text) {
		out = append(out, classify.WordEffect{Text: w, Effect: float64(len(w))})
	}
	return out, nil
}

// A regression is shown with the name of its number, and without words of classes.
func TestNumbers(t *testing.T) {
	ctx := t.Context()
	before, after := numberAnswers(80, 0), numberAnswers(80, 1)
	few := significance.Bootstrap{Resamples: 100}
	report := &finetune.Report{Training: &finetune.Trained{}, Regression: &evaluation.RegressionReport{}}
	var err error
	if report.Regression.Before, err = metrics.MeasureRegression(ctx, before, few); err != nil {
		t.Fatal(err)
	}
	if report.Regression.After, err = metrics.MeasureRegression(ctx, after, few); err != nil {
		t.Fatal(err)
	}
	if report.Regression.Comparison, err = metrics.CompareRegression(ctx, before, after, few); err != nil {
		t.Fatal(err)
	}
	constant := &metrics.RegressionPredictions{Values: after.Values, Answers: make([]float64, after.Len())}
	same, err := metrics.MeasureRegression(ctx, constant, few)
	if err != nil {
		t.Fatal(err)
	}
	cheap := &evaluation.CheapBaselines{Regression: &evaluation.CheapPair[metrics.RegressionMetrics]{Constant: same, BagOfWords: report.Regression.Before}}
	reviews := textsFor(after.IDs, []string{"priority"}, false, func(i int, e *data.Example) { e.Value = after.Values[i] })
	tokens := make([]int, after.Len())
	for i := range tokens {
		tokens[i] = 5 + i%40
	}
	var moves []move
	for i, e := range reviews.Test {
		moves = append(moves, move{e, before.Answers[i], after.Answers[i]})
	}
	put, text := drawAll(t)
	put(Figures{Notes: []string{answersOf(data.Regression, reviews)}}, nil)
	put(Baseline(&finetune.Baseline{Evaluation: evaluation.Evaluation{Regression: report.Regression.Before}, Cheap: cheap}))
	put(Baseline(&finetune.Baseline{Evaluation: evaluation.Evaluation{Regression: same}})) // of an earlier version, with an undefined correlation
	put(untrainedAnswers("priority", before))
	put(comparison(report, cheap))
	put(answersOverValues("priority", before, after))
	put(ranks(before, after))
	put(tolerance(before, after))
	put(numbersByLength(ctx, before, after, tokens))
	put(residuals(before, after))
	put(moveTable(moves, reviews))
	put(numberDemonstration(moves, reviews))
	put(Words(ctx, scorer{}, "Words", reviews.Labels, "", movedTexts(moves, reviews)...))
	put(Words(ctx, scorer{}, "Words", reviews.Labels, "", examples(data.Regression, reviews)...))
	for _, want := range []string{"priority", "mean of the training values, no BERT", "bag of words, no BERT", "The mean absolute error fell from ", "answer = value",
		"80 of 80 answers are nearer", "towards higher answers", "The correlation of answers and values is undefined"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if m := regexp.MustCompile(`(?i).*\b(accuracy|class|classes|reviews?|films?)\b.*`).FindString(text.String()); m != "" {
		t.Errorf("a regression has neither classes nor an accuracy: %s", m)
	}
}

// Equal values share the mean of their ranks.
func TestRanks(t *testing.T) {
	if got := fmt.Sprint(ranksOf([]float64{30, 10, 30, 20})); got != "[3.5 1 3.5 2]" {
		t.Error(got)
	}
}

// An interval has the decimals of its number, and undefined numbers are said to be undefined.
func TestNumbersInTables(t *testing.T) {
	for got, want := range map[string]string{
		within(0.5, &significance.Interval{Low: 0.25, High: 0.75}).Text:  "0.500 (0.250 to 0.750)",
		within(12.34, &significance.Interval{Low: 11, High: 13.56}).Text: "12.3 (11.0 to 13.6)",
		within(1234.5, nil).Text: "1,234",
		within(123456.7, &significance.Interval{Low: 99999, High: 150000}).Text:  "123,457 (99,999 to 150,000)",
		within(0.001234, &significance.Interval{Low: 0.0011, High: 0.0014}).Text: "0.00123 (0.00110 to 0.00140)",
		estimate(significance.Estimate{Reason: "every value is 1"}).Text:         "undefined",
		number(nil, "%.3f").Text: "undefined",
		share(0.5, significance.Interval{Low: 0.25, High: 0.75}, 200).Text:             "50.0 (25.0 to 75.0)",
		share(0.93108, significance.Interval{Low: 0.92787, High: 0.93415}, 25000).Text: "93.11 (92.79 to 93.42)",
		fmt.Sprint(math.IsNaN(estimate(significance.Estimate{}).Value)):                "true",
	} {
		if got != want {
			t.Errorf("%q, expected %q", got, want)
		}
	}
}
