package main

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// difference is the difference of the means of two independent samples, with its 95 % interval and
// its p-value (Welch 1947, The generalization of "Student's" problem when several different population
// variances are involved, Biometrika 34).
type difference struct {
	value, low, high float64
	p                float64 // two-sided
}

// welch returns mean(a) - mean(b). If neither sample varies, the interval is the difference alone,
// and the p-value is 1 without a difference and 0 with one.
func welch(a, b []float64) (difference, error) {
	if len(a) < 2 || len(b) < 2 {
		return difference{}, errors.New("expected at least 2 seeds")
	}
	meanA, varianceA := stat.MeanVariance(a, nil)
	meanB, varianceB := stat.MeanVariance(b, nil)
	d := meanA - meanB
	ofA, ofB := varianceA/float64(len(a)), varianceB/float64(len(b))
	if ofA+ofB == 0 {
		p := 0.0
		if d == 0 {
			p = 1
		}
		return difference{d, d, d, p}, nil
	}
	freedom := (ofA + ofB) * (ofA + ofB) / (ofA*ofA/float64(len(a)-1) + ofB*ofB/float64(len(b)-1))
	student, deviation := distuv.StudentsT{Sigma: 1, Nu: freedom}, math.Sqrt(ofA+ofB)
	half := student.Quantile(0.975) * deviation
	return difference{d, d - half, d + half, 2 * student.CDF(-math.Abs(d)/deviation)}, nil
}

// text formats the difference and its interval.
func (d difference) text(scale float64, format string) string {
	return fmt.Sprintf(format+" ("+format+" to "+format+")", scale*d.value, scale*d.low, scale*d.high)
}
