package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/loadtest"
)

// TestHighestRate finds the capacity of a service whose p99 depends on the rate alone.
func TestHighestRate(t *testing.T) {
	rate, r := highestRate(time.Second, 1, func(rate float64) *loadtest.Result {
		r := &loadtest.Result{Wall: time.Second}
		for range 100 {
			r.Add(time.Duration(rate/37*float64(time.Second)), loadtest.Answered, nil)
		}
		return r
	})
	if rate > 37 || rate < 36 || r == nil {
		t.Errorf("found %v, expected almost 37", rate)
	}
	if rate, r := highestRate(time.Second, 8, func(float64) *loadtest.Result { return &loadtest.Result{Failures: 1} }); rate != 0 || r != nil {
		t.Errorf("a service that never answers has the rate %v", rate)
	}
}

// TestTexts: the lengths have the medians, and the seed determines the texts.
func TestTexts(t *testing.T) {
	for _, l := range lengths {
		texts, err := l.texts(t.Context(), 1001, 1)
		if err != nil {
			t.Fatal(err)
		}
		words := make([]int, len(texts))
		for i, text := range texts {
			words[i] = len(strings.Fields(text))
		}
		slices.Sort(words)
		if median := float64(words[500]); median < 0.9*l.median || median > 1.1*l.median || words[0] < l.least || words[1000] > l.limit {
			t.Errorf("%s: median %v, from %d to %d", l.name, median, words[0], words[1000])
		}
		again, err := l.texts(t.Context(), 1001, 1)
		if err != nil || !slices.Equal(texts, again) {
			t.Errorf("%s: the seed does not determine the texts: %v", l.name, err)
		}
	}
	if _, err := lengthByName("long"); err == nil || !strings.Contains(err.Error(), "imdb") {
		t.Errorf("%v", err)
	}
}
