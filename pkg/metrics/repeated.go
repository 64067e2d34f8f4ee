package metrics

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/lorabook/lorabook/internal/stats"
	"github.com/lorabook/lorabook/pkg/significance"
)

// Repeated compares two ways of training on the same test examples, each trained several times
// with different seeds.
//
// Two things vary by chance: the test examples, and the trainings. The test and the interval
// account for both. Let x be the difference of an example in one pair of trainings: 1 if only
// the second model is right, -1 if only the first is, otherwise 0. Examples and trainings are
// crossed random effects, and the variance of the mean of all x is estimated from the mean
// squares of the two-way analysis of variance: (MS examples + MS trainings - MS residual) / (number of x).
// A negative estimate of the trainings' variance counts as zero. The degrees of freedom are
// Satterthwaite's (1946, doi:10.2307/3002019). Clark (1973, doi:10.1016/S0022-5371(73)80014-3)
// describes such tests for subjects and words.
type Repeated struct {
	Examples  int `json:"examples"`
	Trainings int `json:"trainings"` // of each side; with 1, the chance of the training is not included
	// AccuracyFirst and AccuracySecond are the mean accuracies, 0 to 1.
	AccuracyFirst  float64 `json:"accuracy_first"`
	AccuracySecond float64 `json:"accuracy_second"`
	// Difference is second minus first, -1 to 1; Interval is its 95 % confidence interval.
	Difference float64               `json:"difference"`
	Interval   significance.Interval `json:"interval"`
	// Statistic is Student's t with DegreesOfFreedom; 0 if all examples have the same
	// difference, where the test is the exact sign test.
	Statistic        float64 `json:"statistic"`
	DegreesOfFreedom float64 `json:"degrees_of_freedom"`
	// PValue is the two-sided probability of a mean difference at least as large if both ways of
	// training are equally accurate.
	PValue float64 `json:"p_value"`
}

// CompareRepeated compares the predictions of trainings of a first and a second kind:
// first[i] belongs together with second[i], for example by their seed. Examples are matched by
// ID. The error is that of [Predictions.Validate], a *MismatchError, or about the numbers of
// trainings and examples: the sides must have equally many trainings, and there must be at
// least two examples.
func CompareRepeated(first, second []*Predictions) (*Repeated, error) {
	if len(first) != len(second) || len(first) == 0 {
		return nil, fmt.Errorf("compare: %d trainings of the first kind and %d of the second, expected equally many, and one at least", len(first), len(second))
	}
	n, trainings := first[0].Len(), len(first)
	if n < 2 {
		return nil, fmt.Errorf("compare: %d examples, expected at least two", n)
	}
	r := &Repeated{Examples: n, Trainings: trainings}
	differences := make([][]float64, trainings) // [training, example], in the order of first[0]
	for s := range first {
		a, err := rightByExample(first[0], first[s])
		if err != nil {
			return nil, fmt.Errorf("compare, training %d of the first kind: %w", s+1, err)
		}
		b, err := rightByExample(first[0], second[s])
		if err != nil {
			return nil, fmt.Errorf("compare, training %d of the second kind: %w", s+1, err)
		}
		differences[s] = make([]float64, n)
		for i := range n {
			differences[s][i] = b[i] - a[i]
		}
		r.AccuracyFirst += stats.Mean(a) / float64(trainings)
		r.AccuracySecond += stats.Mean(b) / float64(trainings)
	}
	r.test(differences)
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
func (r *Repeated) test(x [][]float64) {
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
	if variance < 1e-12 { // every x is the same; the mean squares of one that differs are larger
		r.uniform()
		return
	}
	student := distuv.StudentsT{Sigma: 1, Nu: freedom}
	spread := math.Sqrt(variance / (n * trainings))
	r.Statistic = r.Difference / spread
	r.PValue = 2 * student.Survival(math.Abs(r.Statistic))
	half := student.Quantile(0.975) * spread
	r.Interval.Low, r.Interval.High = max(-1, r.Difference-half), min(1, r.Difference+half)
}

// uniform fills in the test and the interval if all examples have the same difference in all
// trainings, so that no variance can be estimated. If it is 1 or -1, they are those of the exact
// sign test, with n examples that changed in one direction: p is 2^(1-n), as in McNemar's exact
// test, and the interval is Clopper and Pearson's for the share of such examples.
func (r *Repeated) uniform() {
	r.PValue = 1
	if r.Difference == 0 {
		return
	}
	n := float64(r.Examples)
	r.PValue = math.Pow(2, 1-n)
	bound := 2*math.Pow((1-r.Interval.Level)/2, 1/n) - 1 // of a difference of 1
	r.Interval.Low, r.Interval.High = min(r.Difference, r.Difference*bound), max(r.Difference, r.Difference*bound)
}

func square(v float64) float64 { return v * v }
