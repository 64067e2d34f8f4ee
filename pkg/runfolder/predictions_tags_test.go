package runfolder

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// Predictions of tags are read back unchanged, with probabilities and, as earlier versions wrote
// them, without.
func TestTagPredictionsFile(t *testing.T) {
	r, err := Create(t.TempDir(), "run", "any experiment", CurrentEnvironment("test"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p := &metrics.TagPredictions{
		Classes: []string{"B-PER", "I-PER", "O"}, IDs: []string{"x", "y"}, Labels: [][]int{{0, 1, 2}, {2}}, Answers: [][]int{{0, 2, 2}, {2}},
		Losses: []float64{0.1, 2.5}, Read: []int{2, 1}, Probabilities: [][]float32{{0.1, 1, 0}, {0.333333343}}, Scheme: "IOB2",
	}
	const file = "a.jsonl"
	for _, probabilities := range [][][]float32{p.Probabilities, nil} {
		p.Probabilities = probabilities
		if err := r.WriteTagPredictions(file, p); err != nil {
			t.Fatal(err)
		}
		got, err := r.ReadTagPredictions(file)
		if err != nil || cmp.Diff(p, got) != "" {
			t.Errorf("%v %s", err, cmp.Diff(p, got))
		}
		text, err := os.ReadFile(r.Path(file))
		if err != nil || strings.Contains(string(text), "probabilities") != (probabilities != nil) {
			t.Errorf("%v\n%s", err, text)
		}
	}
}
