package main

import (
	"cmp"
	"math"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/precision"
)

// rounding16 is the largest difference of probabilities in bfloat16 on another processor.
const rounding16 = 0.05

// TestLastStates: the published adapters of last checkpoints give the predictions of their evaluations.
func TestLastStates(t *testing.T) {
	testenv.NeedsTime(t, "it reads IMDB and computes predictions of bert-base-cased")
	archive, model := testenv.Need(t, "LORABOOK_IMDB"), testenv.Need(t, "LORABOOK_BERT")
	set, err := data.Open(t.Context(), archive)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	for _, e := range set.Test {
		texts[e.ID] = e.Text
	}
	compared := 0
	for _, dir := range evaluations(t) {
		_, report, p := readEvaluation(t, dir)
		adapter := filepath.Base(report.Model)
		if lastStates[adapter] == "" {
			continue
		}
		c, err := classify.Open(t.Context(), model, filepath.Join("results", adapter), classify.Options{
			MaxLength: report.Length.MaxLength, Truncation: encoding.HeadTail, Precision: precision.BFloat16,
		})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		s := p.SingleLabel
		_, want, err := s.Answers()
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i < s.Len(); i += s.Len() / 20 {
			text, ok := texts[s.IDs[i]]
			if !ok {
				t.Fatalf("%s: IMDB has no review %s", dir, s.IDs[i])
			}
			got, err := c.Classify(t.Context(), []string{text})
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(got[0].Probabilities[1]-want[i][1]) > rounding16 {
				t.Errorf("%s: the probability of %q for %s is %v, expected %v", dir, s.Classes[1], s.IDs[i], got[0].Probabilities[1], want[i][1])
			}
			compared++
		}
	}
	if compared < cmp.Or(20*len(lastStates), 1) {
		t.Errorf("%d predictions were compared", compared)
	}
}
