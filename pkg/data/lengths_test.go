package data

import (
	"slices"
	"testing"
)

func TestSummarizeLengths(t *testing.T) {
	lengths := make([]int, 200)
	for i := range lengths {
		lengths[i] = 200 - i // 200 ... 1
	}
	s, err := SummarizeLengths(lengths)
	if err != nil {
		t.Fatal(err)
	}
	if s.Count != 200 || s.Total != 20100 || s.Min != 1 || s.Max != 200 || s.Mean != 100.5 {
		t.Errorf("%+v", s)
	}
	want := []Quantile{{0.05, 10}, {0.25, 50}, {0.5, 100}, {0.75, 150}, {0.9, 180}, {0.95, 190}, {0.99, 198}}
	if !slices.Equal(s.Quantiles, want) {
		t.Errorf("%v, want %v", s.Quantiles, want)
	}
	if lengths[0] != 200 {
		t.Error("the lengths were sorted in place")
	}
	one, err := SummarizeLengths([]int{3})
	if err != nil || one.Quantiles[0].Length != 3 || one.Quantiles[6].Length != 3 {
		t.Errorf("%+v, %v", one, err)
	}
	_, err = SummarizeLengths(nil)
	wantError(t, err, "no lengths")
	_, err = SummarizeLengths([]int{1, -2})
	wantError(t, err, "-2")
}

func TestCountsOfWordsAndTokens(t *testing.T) {
	if got := WordCounts([]Review{{Text: "one two\nthree"}, {Text: "one"}}); !slices.Equal(got, []int{3, 1}) {
		t.Error(got)
	}
	if got := TokenCounts([][]int32{{1, 2}, {}}); !slices.Equal(got, []int{2, 0}) {
		t.Error(got)
	}
}
