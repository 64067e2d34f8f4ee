package data

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// LengthSummary tells how long texts are, in whatever unit they were counted.
type LengthSummary struct {
	Count, Total, Min, Max int
	Mean                   float64
	// Quantiles are in ascending order of their share.
	Quantiles []Quantile
}

// Quantile is the smallest length that at least this share of the texts, 0 to
// 1, does not exceed (the nearest-rank definition, so it is a length that occurs).
type Quantile struct {
	Share  float64
	Length int
}

// quantileShares are those of every summary.
var quantileShares = []float64{0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99}

// SummarizeLengths summarizes lengths, none of which may be negative.
func SummarizeLengths(lengths []int) (LengthSummary, error) {
	if len(lengths) == 0 {
		return LengthSummary{}, errors.New("there are no lengths to summarize")
	}
	sorted := slices.Sorted(slices.Values(lengths))
	s := LengthSummary{Count: len(sorted), Min: sorted[0], Max: sorted[len(sorted)-1]}
	if s.Min < 0 {
		return LengthSummary{}, fmt.Errorf("length %d is negative", s.Min)
	}
	for _, n := range sorted {
		s.Total += n
	}
	s.Mean = float64(s.Total) / float64(s.Count)
	for _, share := range quantileShares {
		rank := int(math.Ceil(share * float64(s.Count)))
		s.Quantiles = append(s.Quantiles, Quantile{share, sorted[rank-1]})
	}
	return s, nil
}

// String is one line: "4 texts, 1 to 9 long, mean 4.5; 50 % up to 3, ...".
func (s LengthSummary) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d texts, %d to %d long, mean %.1f", s.Count, s.Min, s.Max, s.Mean)
	for i, q := range s.Quantiles {
		fmt.Fprintf(&b, "%s %.0f %% up to %d", []string{";", ","}[min(i, 1)], 100*q.Share, q.Length)
	}
	return b.String()
}

// WordCounts counts each review's words, which white space separates.
func WordCounts(reviews []Review) []int {
	counts := make([]int, len(reviews))
	for i, r := range reviews {
		counts[i] = len(strings.Fields(r.Text))
	}
	return counts
}

// TokenCounts counts each text's token ids.
func TokenCounts(ids [][]int32) []int {
	counts := make([]int, len(ids))
	for i, row := range ids {
		counts[i] = len(row)
	}
	return counts
}
