package metrics

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/stats"
	"github.com/lorabook/lorabook/pkg/significance"
)

// Repeated compares two ways of training on the same test examples, each trained several times
// with different seeds.
//
// Two things vary by chance: the test examples, and the trainings. The test and the interval
// account for both. Let x be the difference of an example in one pair of trainings: of an accuracy 1
// if only the second model is right, -1 if only the first is, otherwise 0. Examples and trainings are
// crossed random effects, and the variance of the mean of all x is estimated from the mean
// squares of the two-way analysis of variance: (MS examples + MS trainings - MS residual) / (number of x).
// A negative estimate of the trainings' variance counts as zero. The degrees of freedom are
// Satterthwaite's (1946, doi:10.2307/3002019). Clark (1973, doi:10.1016/S0022-5371(73)80014-3)
// describes such tests for subjects and words.
//
// Of a mean absolute error, x is the difference of the errors. F1 is no mean over examples but a ratio
// of sums, h / d with h = 2 (true positives) and d = 2 (true positives) + (false positives) + (false
// negatives). There x is the difference of pseudo-values, F1 + n (h_i - F1 d_i) / d for n examples,
// whose mean is F1 and whose variance is that of the linearized ratio (infinitesimal jackknife; Efron
// 1982, The Jackknife, the Bootstrap and Other Resampling Plans, chapter 6).
type Repeated struct {
	Examples  int `json:"examples"`
	Trainings int `json:"trainings"` // of each side; with 1, the chance of the training is not included
	// First and Second are the means of the metric over the trainings: of [CompareRepeated] the
	// accuracies, 0 to 1.
	First  float64 `json:"first"`
	Second float64 `json:"second"`
	// Difference is second minus first; Interval is its 95 % confidence interval.
	Difference float64               `json:"difference"`
	Interval   significance.Interval `json:"interval"`
	// Statistic is Student's t with DegreesOfFreedom; 0 if all examples have the same
	// difference, where the test is the exact sign test.
	Statistic        float64 `json:"statistic"`
	DegreesOfFreedom float64 `json:"degrees_of_freedom"`
	// PValue is the two-sided probability of a mean difference at least as large if both ways of
	// training are equally good.
	PValue float64 `json:"p_value"`
}

// String is the comparison in one line.
func (r *Repeated) String() string {
	number := numerals.MetricFormat(r.First, r.Second)
	difference := significance.Estimate{Value: &r.Difference, Interval: &r.Interval}
	return fmt.Sprintf("%s and %s, difference %s, %s (trainings of each: %d, test examples: %s)",
		number(r.First), number(r.Second), difference.Signed(), numerals.PValue(r.PValue), r.Trainings, numerals.Count(r.Examples))
}

// CompareRepeated compares the predictions of trainings of a first and a second kind:
// first[i] belongs together with second[i], for example by their seed. Examples are matched by
// ID. The error is that of [Predictions.Validate], a *MismatchError, or about the numbers of
// trainings and examples: the sides must have equally many trainings, and there must be at
// least two examples.
func CompareRepeated(first, second []*Predictions) (*Repeated, error) {
	return compareRepeated(first, second, meanOfAnswers, rightByExample)
}

// CompareRepeatedMultiLabel is [CompareRepeated] for the micro F1 of several labels.
func CompareRepeatedMultiLabel(first, second []*MultiLabelPredictions) (*Repeated, error) {
	return compareRepeated(first, second, ratioOfSums, func(like, p *MultiLabelPredictions) ([]float64, error) {
		a, err := p.answers()
		if err != nil {
			return nil, err
		}
		rows, err := matchMultiLabel(like, p)
		if err != nil {
			return nil, err
		}
		hits, sizes := make([]float64, len(rows)), make([]float64, len(rows))
		for i, j := range rows {
			for _, class := range a.chosen[j] {
				if slices.Contains(p.Labels[j], class) {
					hits[i] += 2
				}
			}
			sizes[i] = float64(len(a.chosen[j]) + len(p.Labels[j]))
		}
		return pseudoValues(hits, sizes), nil
	})
}

// CompareRepeatedRegression is [CompareRepeated] for the mean absolute error of numbers: a positive
// difference means that the second kind has the larger error.
func CompareRepeatedRegression(first, second []*RegressionPredictions) (*Repeated, error) {
	return compareRepeated(first, second, meanOfErrors, func(like, p *RegressionPredictions) ([]float64, error) {
		if err := p.Validate(); err != nil {
			return nil, err
		}
		rows, err := matchRegression(like, p)
		out := make([]float64, len(rows))
		for i, j := range rows {
			out[i] = math.Abs(p.Answers[j] - p.Values[j])
		}
		return out, err
	})
}

// CompareRepeatedTags is [CompareRepeated] for the F1 of the entities of all types.
func CompareRepeatedTags(first, second []*TagPredictions) (*Repeated, error) {
	return compareRepeated(first, second, ratioOfSums, func(like, p *TagPredictions) ([]float64, error) {
		_, sentences, _, err := p.counts()
		if err != nil {
			return nil, err
		}
		if !slices.Equal(like.Classes, p.Classes) {
			return nil, classesError(like.Classes, p.Classes)
		}
		rows, err := matchIDs(like.IDs, p.IDs, func(i, j int) string {
			if !slices.Equal(like.Labels[i], p.Labels[j]) {
				return "has other right tags before than after"
			}
			return ""
		})
		hits, sizes := make([]float64, len(rows)), make([]float64, len(rows))
		for i, j := range rows {
			for _, c := range sentences[j].normal {
				hits[i] += float64(2 * c.hits)
				sizes[i] += float64(c.answered + c.support)
			}
		}
		return pseudoValues(hits, sizes), err
	})
}

// pseudoValues returns a value for each example whose mean is the ratio of the sums, and 0 for all if
// the sizes are 0, as F1 is then.
func pseudoValues(hits, sizes []float64) []float64 {
	n, h, d := float64(len(hits)), 0.0, 0.0
	for i := range hits {
		h, d = h+hits[i], d+sizes[i]
	}
	out := make([]float64, len(hits))
	if d == 0 {
		return out
	}
	for i := range out {
		out[i] = h/d + n*(hits[i]-h/d*sizes[i])/d
	}
	return out
}

// predictionsOf are the predictions of a task.
type predictionsOf[P any] interface {
	*P
	Len() int
	Validate() error
}

// compareRepeated compares trainings by the values of their examples, whose mean is the metric. values
// returns those of predictions in the order of the examples of like.
func compareRepeated[P any, Q predictionsOf[P]](first, second []Q, kind repeatedMetric, values func(like, p Q) ([]float64, error)) (*Repeated, error) {
	if len(first) != len(second) || len(first) == 0 {
		return nil, fmt.Errorf("compare: %d trainings of the first kind and %d of the second, expected equally many, and one at least", len(first), len(second))
	}
	if err := first[0].Validate(); err != nil {
		return nil, fmt.Errorf("compare, training 1 of the first kind: %w", err)
	}
	n, trainings := first[0].Len(), len(first)
	if n < 2 {
		return nil, fmt.Errorf("compare: %d examples, expected at least two", n)
	}
	r := &Repeated{Examples: n, Trainings: trainings}
	differences := make([][]float64, trainings) // [training, example], in the order of first[0]
	for s := range first {
		a, err := values(first[0], first[s])
		if err != nil {
			return nil, fmt.Errorf("compare, training %d of the first kind: %w", s+1, err)
		}
		b, err := values(first[0], second[s])
		if err != nil {
			return nil, fmt.Errorf("compare, training %d of the second kind: %w", s+1, err)
		}
		differences[s] = make([]float64, n)
		for i := range n {
			differences[s][i] = b[i] - a[i]
		}
		r.First += stats.Mean(a) / float64(trainings)
		r.Second += stats.Mean(b) / float64(trainings)
	}
	r.test(differences, kind)
	return r, nil
}

// rightByExample returns 1 for each right prediction and 0 for each wrong one, in the order of
// the examples of like.
func rightByExample(like, p *Predictions) ([]float64, error) {
	a, err := p.answers()
	if err != nil {
		return nil, err
	}
	rows, err := matchExamples(like, p)
	if err != nil {
		return nil, err
	}
	out := make([]float64, len(rows))
	for i, j := range rows {
		if a.right(j) {
			out[i] = 1
		}
	}
	return out, nil
}

// test fills in the difference, its interval and the test. x is [trainings, examples].
func (r *Repeated) test(x [][]float64, kind repeatedMetric) {
	trainings, n := float64(r.Trainings), float64(r.Examples)
	ofTraining, ofExample := make([]float64, r.Trainings), make([]float64, r.Examples)
	for s, row := range x {
		ofTraining[s] = stats.Mean(row)
		r.Difference += ofTraining[s] / trainings
		for i, v := range row {
			ofExample[i] += v / trainings
		}
	}
	examples, between, residual := 0.0, 0.0, 0.0 // sums of squares
	for _, v := range ofExample {
		examples += trainings * square(v-r.Difference)
	}
	for s, row := range x {
		between += n * square(ofTraining[s]-r.Difference)
		for i, v := range row {
			residual += square(v - ofTraining[s] - ofExample[i] + r.Difference)
		}
	}
	variance, freedom := examples/(n-1), n-1
	if r.Trainings > 1 {
		msExamples, msBetween, msResidual := examples/(n-1), between/(trainings-1), residual/((n-1)*(trainings-1))
		if msBetween > msResidual {
			variance = msExamples + msBetween - msResidual
			freedom = square(variance) / (square(msExamples)/(n-1) + square(msBetween)/(trainings-1) + square(msResidual)/((n-1)*(trainings-1)))
		}
	}
	r.DegreesOfFreedom = freedom
	r.Interval = significance.Interval{Low: r.Difference, High: r.Difference, Level: 0.95}
	scale := 0.0 // of accuracies 1, or 0 if no example differs
	for _, row := range x {
		for _, v := range row {
			scale = max(scale, v*v)
		}
	}
	if variance <= 1e-12*scale { // every x is the same; the mean squares of one that differs are larger
		r.uniform(kind)
		return
	}
	student := distuv.StudentsT{Sigma: 1, Nu: freedom}
	spread := math.Sqrt(variance / (n * trainings))
	r.Statistic = r.Difference / spread
	r.PValue = 2 * student.Survival(math.Abs(r.Statistic))
	half := student.Quantile(0.975) * spread
	r.Interval.Low, r.Interval.High = r.Difference-half, r.Difference+half
	if kind != meanOfErrors {
		r.Interval.Low, r.Interval.High = max(-1, r.Interval.Low), min(1, r.Interval.High)
	}
}

// uniform fills in the test and the interval if all examples have the same difference in all
// trainings, so that no variance can be estimated. The test is the exact sign test, with n examples that
// changed in one direction: p is 2^(1-n), as in McNemar's exact test. The interval is that of
// [significance.Uniform], but for an error, which has no bounds, and for a ratio of sums, to which an
// example can contribute any share, the difference alone (see [significance.Interval.NoSpread]).
func (r *Repeated) uniform(kind repeatedMetric) {
	r.PValue = 1
	if r.Difference != 0 {
		r.PValue = math.Pow(2, 1-float64(r.Examples))
	}
	if kind != meanOfAnswers {
		return
	}
	bounded := min(1, max(-1, r.Difference)) // without its rounding error
	if i, err := significance.Uniform(bounded, r.Examples, r.Interval.Level); err == nil {
		r.Interval = i
	}
}

// repeatedMetric is the kind of a metric of [Repeated].
type repeatedMetric int

const (
	meanOfAnswers repeatedMetric = iota // 0 or 1 for each example: accuracy
	ratioOfSums                         // 0 to 1: F1
	meanOfErrors                        // 0 or more: mean absolute error
)

func square(v float64) float64 { return v * v }
