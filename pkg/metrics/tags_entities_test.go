package metrics

import (
	"context"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/significance"
)

// tagCase returns predictions for one sentence per pair of lines of tags: the right and the given
// ones, with the same probability for every word.
func tagCase(t *testing.T, probabilities []float32, lines ...string) *TagPredictions {
	t.Helper()
	classes := []string{"B-LOC", "B-PER", "I-LOC", "I-PER", "O"}
	p := &TagPredictions{Classes: classes}
	read := func(line string) (tags []int) {
		for tag := range strings.FieldsSeq(line) {
			for i, name := range classes {
				if name == tag {
					tags = append(tags, i)
				}
			}
		}
		return tags
	}
	for i := 0; i < len(lines); i += 2 {
		p.Labels, p.Answers = append(p.Labels, read(lines[i])), append(p.Answers, read(lines[i+1]))
		row := make([]float32, len(p.Labels[i/2]))
		for word := range row {
			row[word] = probabilities[i/2]
		}
		p.Probabilities = append(p.Probabilities, row)
	}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	return p
}

// Each kind of error is counted once, for all types and for one.
func TestEntityErrors(t *testing.T) {
	p := tagCase(t, []float32{1, 1, 1, 1, 1, 1},
		"B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC", // two right
		"B-PER I-PER O O", "B-LOC I-LOC O O", // the type
		"B-PER I-PER O O", "B-PER O O O", // the words
		"B-PER I-PER O O", "O B-LOC I-LOC O", // both
		"B-LOC O O O", "O O O O", // missed
		"O O O O", "O B-PER I-PER O") // spurious
	for kind, want := range map[string]EntityErrors{
		"":    {Right: 2, WrongType: 1, WrongWords: 1, WrongWordsType: 1, Missed: 1, Spurious: 1},
		"PER": {Right: 1, WrongType: 1, WrongWords: 1, WrongWordsType: 1, Spurious: 1},
		"LOC": {Right: 1, Missed: 1},
	} {
		if got, err := p.EntityErrors(kind); err != nil || got != want {
			t.Errorf("%q: %+v, %v, expected %+v", kind, got, err, want)
		}
	}
	// The sum of the entities of the data is their support.
	m, err := MeasureTags(context.Background(), p, significance.Bootstrap{Resamples: 100})
	if err != nil {
		t.Fatal(err)
	}
	all, _ := p.EntityErrors("")
	support := 0
	for _, e := range m.Types {
		support += e.Support
	}
	if n := all.Right + all.WrongType + all.WrongWords + all.WrongWordsType + all.Missed; n != support {
		t.Errorf("%d entities, expected the support %d", n, support)
	}
}

// A threshold of 0 has the numbers of MeasureTags; a higher one leaves out uncertain entities.
func TestEntitiesAtThresholds(t *testing.T) {
	p := tagCase(t, []float32{0.9, 0.5, 0.3},
		"B-PER O", "B-PER O", "B-LOC O", "O B-LOC", "B-PER B-LOC", "B-PER O")
	counts, err := p.EntitiesAtThresholds("", 0, 0.4, 0.6, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][3]int{{2, 1, 2}, {1, 1, 3}, {1, 0, 3}, {0, 0, 4}} {
		if c := counts[i]; [3]int{c.TruePositives, c.FalsePositives, c.FalseNegatives} != want {
			t.Errorf("threshold %v: %+v, expected %v", c.Threshold, c, want)
		}
	}
	m, err := MeasureTags(context.Background(), p, significance.Bootstrap{Resamples: 100})
	if err != nil || counts[0].F1() != m.F1 || counts[0].Precision() != m.Precision || counts[0].Recall() != m.Recall {
		t.Errorf("%+v, %v: expected F1 %v, precision %v, recall %v", m, err, counts[0].F1(), counts[0].Precision(), counts[0].Recall())
	}
	one, err := p.EntitiesAtThresholds("LOC", 0)
	if err != nil || one[0].FalsePositives != 1 || one[0].FalseNegatives != 2 || one[0].TruePositives != 0 {
		t.Errorf("LOC: %+v, %v", one, err)
	}
	p.Probabilities = nil
	if _, err := p.EntitiesAtThresholds("", 0.5); err == nil || !strings.Contains(err.Error(), "new run folder") {
		t.Error(err)
	}
	if _, err := p.Calibrate(10); err == nil || !strings.Contains(err.Error(), "no probabilities") {
		t.Error(err)
	}
}

func TestCalibrateTags(t *testing.T) {
	p := tagCase(t, []float32{0.9, 0.5}, "B-PER O", "B-PER B-LOC", "B-LOC O", "O B-LOC")
	c, err := p.Calibrate(10)
	if err != nil {
		t.Fatal(err)
	}
	if d := c.ECE - (0.4+0.5)/2; d > 1e-6 || d < -1e-6 { // 0.9 and 1 of 2 right; 0.5 and none
		t.Errorf("ECE %v", c.ECE)
	}
	p.Probabilities[1][0] = 0 // not read
	if c, err = p.Calibrate(10); err != nil || c.Bins[4].Examples != 1 {
		t.Errorf("%+v, %v", c.Bins, err)
	}
	if _, err := p.Calibrate(0); err == nil {
		t.Error("no error of 0 bins")
	}
	some := p.Select(1)
	if some.Len() != 1 || some.Probabilities[0][1] != 0.5 || some.Validate() != nil {
		t.Errorf("%+v", some)
	}
	p.Probabilities[0][0] = 2
	if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "expected 0 to 1") {
		t.Error(err)
	}
	p.Probabilities[0] = nil
	if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "0 probabilities for 2 words") {
		t.Error(err)
	}
}
