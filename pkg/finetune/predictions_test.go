package finetune

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// madeUp are n answers of which somewhat more than 1/classes are right.
func madeUp(n, classes int, seed uint64) *Predictions {
	random := rand.New(rand.NewPCG(seed, 1))
	p := &Predictions{Classes: classNames[:classes]}
	for i := range n {
		label := random.IntN(classes)
		p.Labels = append(p.Labels, label)
		p.IDs = append(p.IDs, fmt.Sprintf("review-%03d", i))
		for class := range classes {
			v := random.NormFloat64()
			if class == label {
				v++
			}
			p.Logits = append(p.Logits, float32(v))
		}
	}
	return p
}

// reordered are the same examples, the one at order[i] in place i.
func reordered(p *Predictions, order []int) *Predictions {
	k := len(p.Classes)
	q := &Predictions{Classes: p.Classes}
	for _, i := range order {
		q.Labels = append(q.Labels, p.Labels[i])
		q.IDs = append(q.IDs, p.IDs[i])
		q.Logits = append(q.Logits, p.Logits[i*k:i*k+k]...)
	}
	return q
}

func TestValidateNamesWhatIsWrong(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	tests := []struct {
		name    string
		spoil   func(p *Predictions)
		example int // -1: not in one example
		says    string
	}{
		{"no examples", func(p *Predictions) { p.Labels, p.Logits, p.IDs = nil, []float32{}, nil }, -1, "no examples"},
		{"one class", func(p *Predictions) { p.Classes = p.Classes[:1] }, -1, "1 classes"},
		{"same class twice", func(p *Predictions) { p.Classes = []string{"pos", "pos"} }, -1, `both named "pos"`},
		{"neither", func(p *Predictions) { p.Logits = nil }, -1, "either logits or probabilities"},
		{"both", func(p *Predictions) { p.Probabilities = []float32{1} }, -1, "either logits or probabilities"},
		{"too few logits", func(p *Predictions) { p.Logits = p.Logits[:9] }, -1, "9 values for 5 examples of 2 classes, expected 10"},
		{"too few IDs", func(p *Predictions) { p.IDs = p.IDs[:4] }, -1, "4 IDs for 5 labels"},
		{"label too large", func(p *Predictions) { p.Labels[3] = 2 }, 3, "label 2, expected 0 to 1"},
		{"label negative", func(p *Predictions) { p.Labels[0] = -1 }, 0, "label -1"},
		{"ID twice", func(p *Predictions) { p.IDs[4] = p.IDs[1] }, 4, "its ID is that of example 1 too"},
		{"ID empty", func(p *Predictions) { p.IDs[2] = "" }, 2, "its ID is empty"},
		{"NaN", func(p *Predictions) { p.Logits[5] = nan }, 2, "the logit of class 1 is NaN"},
		{"infinite", func(p *Predictions) { p.Logits[8] = inf }, 4, "the logit of class 0 is +Inf"},
		{"probability NaN", func(p *Predictions) { p.Logits, p.Probabilities = nil, []float32{1, 0, nan, 1, 1, 0, 1, 0, 1, 0} }, 1, "the probability of class 0 is NaN"},
		{"sum", func(p *Predictions) { p.Logits, p.Probabilities = nil, []float32{1, 0, .5, .25, 1, 0, 1, 0, 1, 0} }, 1, "sum to 0.75"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := madeUp(5, 2, 1)
			test.spoil(p)
			_, err := Measure(p)
			if err == nil || !strings.Contains(err.Error(), test.says) {
				t.Fatalf("error is %v, expected it to say %q", err, test.says)
			}
			var example *ExampleError
			if got := errors.As(err, &example); got != (test.example >= 0) {
				t.Fatalf("error is %T, expected an *ExampleError: %v", err, test.example >= 0)
			}
			if example != nil && example.Index != test.example {
				t.Errorf("error names example %d, expected %d", example.Index, test.example)
			}
			if _, err := Calibrate(p, 10); err == nil {
				t.Error("Calibrate took it")
			}
		})
	}
}

func TestPredictionsFileKeepsEveryBit(t *testing.T) {
	r := newRun(t)
	p := madeUp(50, 3, 2)
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
	q := &Predictions{Classes: p.Classes[:2], Labels: []int{1}, Probabilities: []float32{0.25, 0.75}}
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
		t.Errorf("a file that is not there gives %v", err)
	}
	if err := r.WritePredictions(ReportPredictionsFile, madeUp(3, 2, 1)); err != nil {
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
	p := madeUp(3, 2, 1)
	p.Labels[1] = 7
	var example *ExampleError
	if err := r.WritePredictions(ReportPredictionsFile, p); !errors.As(err, &example) {
		t.Errorf("error is %v", err)
	}
	if r.Has(ReportPredictionsFile) {
		t.Error("the file was written all the same")
	}
}

func FuzzParsePredictions(f *testing.F) {
	f.Add([]byte("{\"classes\":[\"a\",\"b\"],\"examples\":1}\n{\"id\":\"x\",\"label\":1,\"logits\":[0.5,1]}\n"))
	f.Add([]byte("{\"classes\":[\"a\",\"b\"],\"examples\":1}\n{\"label\":1,\"probabilities\":[0.5,0.5]}\n"))
	f.Add([]byte("{\"examples\":-1}\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		p, _, err := parsePredictions(content)
		if err != nil {
			return
		}
		// What is taken must be measurable.
		m, err := Measure(p)
		if err != nil {
			t.Fatalf("read but not measured: %v", err)
		}
		if math.IsNaN(m.Loss) || math.IsInf(m.Loss, 0) || slices.Contains([]float64{m.Accuracy, m.MacroF1, m.Calibration.ECE}, math.NaN()) {
			t.Fatalf("not finite: %+v", m)
		}
	})
}
