package runfolder

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// Predictions of several labels and of numbers are read back unchanged, and no file is read as
// predictions for another task.
func TestPredictionsOfOtherTasks(t *testing.T) {
	r, err := Create(t.TempDir(), "run", "any experiment", CurrentEnvironment("test"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	one := filePredictions(3, 2)
	several := &metrics.MultiLabelPredictions{
		Classes: []string{"a", "b", "c"}, IDs: []string{"x", "y"}, Labels: [][]int{{}, {0, 2}}, Logits: []float32{0.1, -2, 3, 1e-8, 0, 5},
	}
	numbers := &metrics.RegressionPredictions{IDs: []string{"x", "y"}, Values: []float64{0, 3.5}, Answers: []float64{float64(float32(0.1)), -2}}
	const a, b, c = "a.jsonl", "b.jsonl", "c.jsonl"
	if err := errors.Join(r.WritePredictions(a, one), r.WriteMultiLabelPredictions(b, several), r.WriteRegressionPredictions(c, numbers)); err != nil {
		t.Fatal(err)
	}
	if got, err := r.ReadMultiLabelPredictions(b); err != nil || cmp.Diff(several, got) != "" {
		t.Errorf("%v %s", err, cmp.Diff(several, got))
	}
	if got, err := r.ReadRegressionPredictions(c); err != nil || cmp.Diff(numbers, got) != "" {
		t.Errorf("%v %s", err, cmp.Diff(numbers, got))
	}
	for _, file := range []string{a, b, c} {
		_, errOne := r.ReadPredictions(file)
		_, errSeveral := r.ReadMultiLabelPredictions(file)
		_, errNumbers := r.ReadRegressionPredictions(file)
		refused := 0
		for _, err := range []error{errOne, errSeveral, errNumbers} {
			var other *TaskError
			if errors.As(err, &other) && other.File == r.Path(file) && strings.Contains(err.Error(), "expected") {
				refused++
			}
		}
		if refused != 2 {
			t.Errorf("%s: %v, %v, %v", file, errOne, errSeveral, errNumbers)
		}
	}

	// Damage is found.
	for file, change := range map[string][2]string{b: {`"labels":[0,2]`, `"labels":[0,1]`}, c: {`"value":3.5`, `"value":3.6`}} {
		path := filepath.Join(r.Dir(), file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), change[0], change[1], 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, errB := r.ReadMultiLabelPredictions(b)
	_, errC := r.ReadRegressionPredictions(c)
	for _, err := range []error{errB, errC} {
		var damaged *DamagedError
		if !errors.As(err, &damaged) || !strings.Contains(err.Error(), "checksum") {
			t.Errorf("error %v, expected a *DamagedError about the checksum", err)
		}
	}
	several.Thresholds = []float64{0.5, 0.5, 0.4}
	if err := r.WriteMultiLabelPredictions(b, several); err == nil || !strings.Contains(err.Error(), "thresholds") {
		t.Errorf("thresholds, which the file does not hold: %v", err)
	}
}
