package metrics

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
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

// Selected predictions keep ids, labels and outputs of the rows, in the order that was asked for.
func TestPredictionsSelect(t *testing.T) {
	p := &Predictions{Classes: []string{"a", "b"}, IDs: []string{"x", "y", "z"}, Labels: []int{0, 1, 0}, Logits: []float32{1, 2, 3, 4, 5, 6}}
	got := p.Select(2, 0)
	if !reflect.DeepEqual(got, &Predictions{Classes: p.Classes, IDs: []string{"z", "x"}, Labels: []int{0, 0}, Logits: []float32{5, 6, 1, 2}}) {
		t.Errorf("%+v", got)
	}
}
