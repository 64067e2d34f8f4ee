package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
)

// madeUp are examples whose first words name their class, labels and value, among other words.
func madeUp(n, classes int, seed uint64) []data.Example {
	random := rand.New(rand.NewPCG(seed, 1))
	examples := make([]data.Example, n)
	for i := range examples {
		label := random.IntN(classes)
		text := fmt.Sprintf("class%d", label)
		for range 20 {
			text += fmt.Sprintf(" w%d", int(math.Pow(1000, random.Float64())))
		}
		examples[i] = data.Example{ID: fmt.Sprintf("%d/%d", seed, i), Text: text, Label: label, Labels: []int{label}, Value: float64(10 * label)}
	}
	return examples
}

func classNames(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = fmt.Sprintf("class %d", i)
	}
	return names
}

// The words decide the class: a bag of words finds them, the majority class does not.
func TestBagOfWordsLearns(t *testing.T) {
	train, test := madeUp(600, 5, 1), madeUp(200, 5, 2)
	classes := classNames(5)
	words, err := BagOfWords(t.Context(), classes, train, test)
	if err != nil {
		t.Fatal(err)
	}
	majority, err := MajorityClass(classes, train, test)
	if err != nil {
		t.Fatal(err)
	}
	c, err := metrics.Compare(t.Context(), majority, words, significance.Bootstrap{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	if c.AccuracyAfter < 0.95 || c.AccuracyBefore > 0.4 {
		t.Errorf("%v", c)
	}
	several, err := BagOfWordsMultiLabel(t.Context(), classes, train, test)
	if err != nil {
		t.Fatal(err)
	}
	frequencies, err := LabelFrequencies(classes, train, test)
	if err != nil {
		t.Fatal(err)
	}
	// One class of five is rarely above 0.5: the order of the probabilities shows what was learned.
	l, err := metrics.MeasureMultiLabel(t.Context(), several, significance.Bootstrap{Resamples: 200})
	if err != nil || *l.ROCAUC.Value < 0.95 {
		t.Errorf("%v, ROC AUC %v", err, l.ROCAUC)
	}
	l, err = metrics.MeasureMultiLabel(t.Context(), frequencies, significance.Bootstrap{Resamples: 200})
	if err != nil || *l.ROCAUC.Value != 0.5 || l.MicroF1 != 0 {
		t.Errorf("%v, ROC AUC %v, micro F1 %v", err, l.ROCAUC, l.MicroF1)
	}
	numbers, err := BagOfWordsRegression(t.Context(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	mean, err := Mean(train, test)
	if err != nil {
		t.Fatal(err)
	}
	r, err := metrics.CompareRegression(t.Context(), mean, numbers, significance.Bootstrap{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	if *r.MAE.After > *r.MAE.Before/2 || *r.Pearson.After < 0.9 {
		t.Errorf("MAE %v before and %v after, correlation %v", *r.MAE.Before, *r.MAE.After, *r.Pearson.After)
	}
}

// The order of the test examples changes nothing, the number of processors no bit.
func TestDeterministic(t *testing.T) {
	train, test := madeUp(700, 3, 1), madeUp(50, 3, 2)
	want, err := BagOfWords(t.Context(), classNames(3), train, test)
	if err != nil {
		t.Fatal(err)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	got, err := BagOfWords(t.Context(), classNames(3), train, test)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("one processor gives other predictions, %v", err)
	}
	reversed := make([]data.Example, len(test))
	for i, e := range test {
		reversed[len(test)-1-i] = e
	}
	got, err = BagOfWords(t.Context(), classNames(3), train, reversed)
	if err != nil {
		t.Fatal(err)
	}
	for i := range test {
		j := len(test) - 1 - i
		if got.IDs[j] != want.IDs[i] || !reflect.DeepEqual(got.Logits[3*j:3*j+3], want.Logits[3*i:3*i+3]) {
			t.Fatalf("example %d has other predictions in another order", i)
		}
	}
}

func TestClassWithoutTrainingExamples(t *testing.T) {
	train, test := madeUp(100, 2, 1), madeUp(10, 2, 2)
	test[0].Label = 2
	p, err := BagOfWords(t.Context(), classNames(3), train, test)
	if err != nil {
		t.Fatal(err)
	}
	_, probabilities, err := p.Answers()
	if err != nil {
		t.Fatal(err)
	}
	for i := range test {
		if v := probabilities[i][2]; v > 0x1p-22 || v < 0x1p-24 {
			t.Errorf("example %d: the unseen class has a probability of %v", i, v)
		}
	}
	one := []data.Example{{ID: "a", Text: "good film", Labels: []int{0}}, {ID: "b", Text: "bad film", Labels: []int{0}}}
	m, err := BagOfWordsMultiLabel(t.Context(), classNames(2), one, one)
	if err != nil {
		t.Fatal(err)
	}
	if m.Logits[0] != -m.Logits[1] || m.Logits[0] < 15 {
		t.Errorf("logits of a class that all have, and of one that none has: %v", m.Logits)
	}
}

func TestConstantValues(t *testing.T) {
	train := madeUp(10, 1, 1)
	for i := range train {
		train[i].Value = 0.1
	}
	p, err := BagOfWordsRegression(t.Context(), train, train)
	if err != nil || p.Answers[3] != 0.1 {
		t.Errorf("%v, %v", p, err)
	}
}

func TestRefusals(t *testing.T) {
	good := madeUp(10, 2, 1)
	damaged := func(damage func(e *data.Example)) []data.Example {
		list := madeUp(10, 2, 1)
		damage(&list[3])
		return list
	}
	blank := madeUp(10, 2, 1)
	for i := range blank {
		blank[i].Text = "a ! b ?"
	}
	for name, test := range map[string]struct {
		run  func() error
		want string
	}{
		"no examples": {func() error { _, err := MajorityClass(classNames(2), nil, good); return err }, "majority class: no training examples"},
		"label": {func() error {
			_, err := BagOfWords(t.Context(), classNames(2), good, damaged(func(e *data.Example) { e.Label = -1 }))
			return err
		}, "example 1/3 has label -1, expected 0 to 1"},
		"one class": {func() error { _, err := BagOfWords(t.Context(), classNames(2), madeUp(10, 1, 1), good); return err }, "every training example is of class class 0"},
		"no words":  {func() error { _, err := BagOfWords(t.Context(), classNames(2), blank, good); return err }, "no word of at least two letters"},
		"a second text": {func() error {
			_, err := BagOfWords(t.Context(), classNames(2), good, damaged(func(e *data.Example) { e.TextPair = "more" }))
			return err
		}, "example 1/3 has a second text"},
		"labels": {func() error {
			_, err := BagOfWordsMultiLabel(t.Context(), classNames(2), damaged(func(e *data.Example) { e.Labels = []int{2} }), good)
			return err
		}, "example 1/3 has label 2"},
		"frequencies": {func() error {
			_, err := LabelFrequencies(classNames(2), damaged(func(e *data.Example) { e.Labels = []int{2} }), good)
			return err
		}, "example 1/3 has label 2"},
		"value": {func() error {
			_, err := Mean(damaged(func(e *data.Example) { e.Value = math.NaN() }), good)
			return err
		}, "example 1/3 has value NaN"},
	} {
		if err := test.run(); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error is %v, expected %q", name, err, test.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := BagOfWords(ctx, classNames(2), good, good); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}
