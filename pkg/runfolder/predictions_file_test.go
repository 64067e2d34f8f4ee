package runfolder

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// filePredictions returns predictions for n examples with fractions in every logit.
func filePredictions(n, classes int) *metrics.Predictions {
	p := &metrics.Predictions{Classes: []string{"neg", "pos", "mixed"}[:classes]}
	for i := range n {
		p.IDs = append(p.IDs, fmt.Sprintf("review-%03d", i))
		p.Labels = append(p.Labels, i%classes)
	}
	for i := range n * classes {
		p.Logits = append(p.Logits, float32(math.Sin(float64(i))))
	}
	return p
}

func TestPredictionsFileKeepsEveryBit(t *testing.T) {
	r := newRun(t)
	p := filePredictions(50, 3)
	p.IDs[7] = "a <b> \"quoted\" ü\u2028 id"
	p.Logits[0], p.Logits[1] = math.MaxFloat32, -math.SmallestNonzeroFloat32
	if err := r.WritePredictions(BaselinePredictionsFile, p); err != nil {
		t.Fatal(err)
	}
	got, err := r.ReadPredictions(BaselinePredictionsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got); diff != "" {
		t.Error(diff)
	}
	q := &metrics.Predictions{Classes: p.Classes[:2], Labels: []int{1}, Probabilities: []float32{0.25, 0.75}}
	if err := r.WritePredictions(ReportPredictionsFile, q); err != nil {
		t.Fatal(err)
	}
	if got, err = r.ReadPredictions(ReportPredictionsFile); err != nil || !cmp.Equal(q, got) {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestPredictionsFileDamaged(t *testing.T) {
	r := newRun(t)
	if _, err := r.ReadPredictions(ReportPredictionsFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the error for a missing file is %v", err)
	}
	if err := r.WritePredictions(ReportPredictionsFile, filePredictions(3, 2)); err != nil {
		t.Fatal(err)
	}
	path := r.Path(ReportPredictionsFile)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(string(whole), "\n")
	for name, test := range map[string]struct {
		content string
		line    int
	}{
		"empty":           {"", 1},
		"a line missing":  {strings.Join(lines[:3], ""), 0},
		"torn":            {string(whole[:len(whole)-4]), 4},
		"a logit missing": {lines[0] + `{"id":"x","label":0,"logits":[1]}` + "\n" + lines[2] + lines[3], 2},
		"an ID missing":   {lines[0] + lines[1] + `{"label":0,"logits":[1,2]}` + "\n" + lines[3], 0},
		"no JSON":         {"<html>", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(test.content), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := r.ReadPredictions(ReportPredictionsFile)
			var damaged *DamagedError
			if !errors.As(err, &damaged) || damaged.File != path || damaged.Line != test.line {
				t.Errorf("error is %v, expected a *DamagedError of line %d", err, test.line)
			}
		})
	}
}

func TestUnusablePredictionsAreNotWritten(t *testing.T) {
	r := newRun(t)
	p := filePredictions(3, 2)
	p.Labels[1] = 7
	var example *metrics.ExampleError
	if err := r.WritePredictions(ReportPredictionsFile, p); !errors.As(err, &example) {
		t.Errorf("error is %v", err)
	}
	if r.Has(ReportPredictionsFile) {
		t.Error("the file was written")
	}
}

func FuzzParsePredictions(f *testing.F) {
	f.Add([]byte("{\"classes\":[\"a\",\"b\"],\"examples\":1}\n{\"id\":\"x\",\"label\":1,\"logits\":[0.5,1]}\n"))
	f.Add([]byte("{\"classes\":[\"a\",\"b\"],\"examples\":1}\n{\"label\":1,\"probabilities\":[0.5,0.5]}\n"))
	f.Add([]byte("{\"examples\":-1}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		p := oneClassReader{new(metrics.Predictions)}
		var err error
		memorytest.Bounded(t, len(content), func() { _, err = parsePredictions(content, oneClass, p) })
		if err != nil {
			return
		}
		// Accepted predictions must have metrics.
		m, err := metrics.Measure(p.Predictions)
		if err != nil {
			t.Fatalf("read, but without metrics: %v", err)
		}
		if math.IsNaN(m.Loss) || math.IsInf(m.Loss, 0) || slices.Contains([]float64{m.Accuracy, m.MacroF1, m.Calibration.ECE}, math.NaN()) {
			t.Fatalf("not finite: %+v", m)
		}
	})
}
