package significance

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/lorabook/lorabook/internal/numerals"
)

// McNemar is the outcome of McNemar's test (McNemar 1947,
// doi:10.1007/BF02295996) of whether two classifiers err equally often, on the
// same examples. It uses only the examples that exactly one of them classifies correctly.
type McNemar struct {
	// Exact reports that the p-value is from the binomial distribution, which is used for fewer
	// than 25 such examples. Otherwise it is from the chi-squared distribution with one degree
	// of freedom and Edwards's continuity correction.
	Exact bool `json:"exact"`
	// Statistic is the smaller count for the exact test, otherwise chi-squared.
	Statistic float64 `json:"statistic"`
	// PValue is the two-sided probability of counts at least so uneven if the
	// classifiers err equally often.
	PValue float64 `json:"p_value"`
}

// String is the name of the test with its p-value.
func (m McNemar) String() string { return "McNemar " + numerals.PValue(m.PValue) }

// exactBelow is the number of discordant examples from which chi-squared is
// close enough to the binomial.
const exactBelow = 25

// McNemarTest tests the counts of examples that only the one and only the other
// classifier gets right. Unlike in statsmodels, the correction is at most the difference: equal
// counts give the statistic 0, as in R.
func McNemarTest(onlyFirst, onlySecond int) (McNemar, error) {
	if onlyFirst < 0 || onlySecond < 0 {
		return McNemar{}, fmt.Errorf("McNemar's test of %d and %d examples: expected no negative count", onlyFirst, onlySecond)
	}
	discordant := onlyFirst + onlySecond
	if discordant == 0 {
		return McNemar{Exact: true, PValue: 1}, nil
	}
	if discordant < exactBelow {
		fewer := float64(min(onlyFirst, onlySecond))
		tail := distuv.Binomial{N: float64(discordant), P: 0.5}.CDF(fewer)
		return McNemar{Exact: true, Statistic: fewer, PValue: min(1, 2*tail)}, nil
	}
	gap := max(0, math.Abs(float64(onlyFirst-onlySecond))-1)
	statistic := gap * gap / float64(discordant)
	return McNemar{Statistic: statistic, PValue: distuv.ChiSquared{K: 1}.Survival(statistic)}, nil
}
