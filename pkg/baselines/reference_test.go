package baselines

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// reference is what testdata/bag_of_words_reference.py wrote.
type reference struct {
	Odd []struct {
		Text  string
		Words []string
	}
	Sample struct {
		Classes      []string
		Words        string
		IDF          []float64
		Row          [2][]float64
		Sums         []float64
		Coefficients []float64
		Intercept    float64
		IDs          []string
		Scores       []float64
		Accuracy     float64
	}
	Train              int
	Texts, Pairs       []string
	Labels             []int
	Several            [][]int
	Values             []float64
	Prior              []float64
	Majority           int
	ClassCoefficients  []float64   `json:"class_coefficients"`
	ClassIntercepts    []float64   `json:"class_intercepts"`
	ClassScores        []float64   `json:"class_scores"`
	ClassProbabilities []float64   `json:"class_probabilities"`
	LabelCoefficients  [][]float64 `json:"label_coefficients"`
	LabelScores        []float64   `json:"label_scores"`
	RidgeCoefficients  []float64   `json:"ridge_coefficients"`
	RidgeIntercept     float64     `json:"ridge_intercept"`
	RidgeAnswers       []float64   `json:"ridge_answers"`
	PairCoefficients   []float64   `json:"pair_coefficients"`
	PairScores         []float64   `json:"pair_scores"`
	FewWords           []string    `json:"few_words"`
	FewSums            []float64   `json:"few_sums"`
}

func readReference(t *testing.T) (r reference) {
	t.Helper()
	content, err := os.ReadFile("testdata/bag_of_words_reference.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(content, &r); err != nil {
		t.Fatal(err)
	}
	if len(r.Odd) == 0 || len(r.Texts) == 0 || len(r.Sample.Scores) == 0 {
		t.Fatal("the reference lacks a part")
	}
	return r
}

// examples returns the made-up examples, pairs of texts if asked.
func (r *reference) examples(pairs bool) (train, test []data.Example) {
	var all []data.Example
	for i, text := range r.Texts {
		e := data.Example{ID: fmt.Sprintf("made-up/%d", i), Text: text, Label: r.Labels[i], Labels: r.Several[i], Value: r.Values[i]}
		if pairs {
			e.TextPair = r.Pairs[i]
		}
		all = append(all, e)
	}
	return all[:r.Train], all[r.Train:]
}

// within compares whole arrays, relative to the largest value expected.
func within[T, U float32 | float64](t *testing.T, what string, got []T, want []U, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d values, expected %d", what, len(got), len(want))
	}
	scale := 1.0
	for _, v := range want {
		scale = max(scale, math.Abs(float64(v)))
	}
	for i, v := range got {
		if !(math.Abs(float64(v)-float64(want[i])) <= tolerance*scale) {
			t.Fatalf("%s: value %d is %v, expected %v", what, i, v, want[i])
		}
	}
}

func TestWordsAgainstScikitLearn(t *testing.T) {
	for _, c := range readReference(t).Odd {
		got := []string{}
		eachWord(c.Text, func(word string) { got = append(got, word) })
		if !slices.Equal(got, c.Words) {
			t.Errorf("%q has the words %q, expected %q", c.Text, got, c.Words)
		}
	}
}

func columnSums(m *matrix) []float64 {
	sums := make([]float64, m.width)
	for i := range m.rows() {
		columns, values := m.row(i)
		for at, c := range columns {
			sums[c] += values[at]
		}
	}
	return sums
}

func TestSampleAgainstScikitLearn(t *testing.T) {
	r := readReference(t).Sample
	set, err := data.Open(t.Context(), data.Sample)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(set.Labels, r.Classes) {
		t.Fatalf("classes are %q, expected %q", set.Labels, r.Classes)
	}
	words, rows, err := trainingRows(set.Train, maxWeights)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(words.text.words, " "); got != r.Words {
		t.Fatalf("the words differ: %.200q, expected %.200q", got, r.Words)
	}
	within(t, "idf", words.text.idf, r.IDF, 1e-9)
	columns, values := rows.row(0)
	for at, c := range columns {
		if float64(c) != r.Row[0][at] {
			t.Fatalf("row 0 has columns %v, expected %v", columns, r.Row[0])
		}
	}
	within(t, "row 0", values, r.Row[1], 1e-9)
	within(t, "sums of the columns", columnSums(rows), r.Sums, 1e-9)
	model, err := fitClasses(t.Context(), rows, data.Labels(set.Train), 2)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "coefficients", model.weights, r.Coefficients, 1e-5)
	within(t, "intercept", model.intercepts, []float64{r.Intercept}, 1e-5)
	p, err := BagOfWords(t.Context(), set.Labels, set.Train, set.Test)
	if err != nil {
		t.Fatal(err)
	}
	row := map[string]int{}
	for i, id := range p.IDs {
		row[id] = i
	}
	scores := make([]float32, len(r.IDs))
	for i, id := range r.IDs {
		scores[i] = p.Logits[2*row[id]+1]
	}
	within(t, "scores", scores, r.Scores, 1e-5)
	m, err := metrics.Measure(p)
	if err != nil {
		t.Fatal(err)
	}
	if math.Abs(m.Accuracy-r.Accuracy) > 1e-12 {
		t.Errorf("accuracy %v, expected %v", m.Accuracy, r.Accuracy)
	}
	t.Logf("the sample: majority class 50 %%, bag of words %.1f %%", 100*m.Accuracy)
}

func TestClassesAgainstScikitLearn(t *testing.T) {
	r := readReference(t)
	train, test := r.examples(false)
	classes := []string{"a", "b", "c", "d"}
	_, rows, err := trainingRows(train, maxWeights)
	if err != nil {
		t.Fatal(err)
	}
	model, err := fitClasses(t.Context(), rows, data.Labels(train), 4)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "coefficients", model.weights, r.ClassCoefficients, 1e-6)
	within(t, "intercepts", model.intercepts, r.ClassIntercepts, 1e-6)
	p, err := BagOfWords(t.Context(), classes, train, test)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "scores", p.Logits, r.ClassScores, 1e-6)
	_, probabilities, err := p.Answers()
	if err != nil {
		t.Fatal(err)
	}
	within(t, "probabilities", slices.Concat(probabilities...), r.ClassProbabilities, 1e-6)
	prior, err := MajorityClass(classes, train, test)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "prior", prior.Probabilities[:4], r.Prior, 1e-6)
	if chosen, _, err := prior.Answers(); err != nil || chosen[0] != r.Majority {
		t.Errorf("majority class %v, %v, expected %d", chosen, err, r.Majority)
	}
}

func TestLabelsAgainstScikitLearn(t *testing.T) {
	r := readReference(t)
	train, test := r.examples(false)
	p, err := BagOfWordsMultiLabel(t.Context(), []string{"a", "b", "c", "d"}, train, test)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "scores", p.Logits, r.LabelScores, 1e-6)
	_, rows, err := trainingRows(train, maxWeights)
	if err != nil {
		t.Fatal(err)
	}
	for class, want := range r.LabelCoefficients {
		has := make([]bool, len(train))
		for i, e := range train {
			has[i] = slices.Contains(e.Labels, class)
		}
		model, err := fitLabel(t.Context(), rows, rows.transposed(), has)
		if err != nil {
			t.Fatal(err)
		}
		within(t, "coefficients", model.weights, want, 1e-6)
	}
}

func TestRidgeAgainstScikitLearn(t *testing.T) {
	r := readReference(t)
	train, test := r.examples(false)
	_, rows, err := trainingRows(train, maxWeights)
	if err != nil {
		t.Fatal(err)
	}
	mean, spread, err := valueMoments(train)
	if err != nil {
		t.Fatal(err)
	}
	model, err := fitValues(t.Context(), rows, train, mean, spread)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "coefficients", model.weights, r.RidgeCoefficients, 1e-6)
	within(t, "intercept", model.intercepts, []float64{r.RidgeIntercept}, 1e-6)
	p, err := BagOfWordsRegression(t.Context(), train, test)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "answers", p.Answers, r.RidgeAnswers, 1e-6)
}

func TestPairsAgainstScikitLearn(t *testing.T) {
	r := readReference(t)
	train, test := r.examples(true)
	for _, half := range [][]data.Example{train, test} {
		for i, e := range half {
			half[i].Label = 0
			if slices.Contains(e.Labels, 0) {
				half[i].Label = 1
			}
		}
	}
	_, rows, err := trainingRows(train, maxWeights)
	if err != nil {
		t.Fatal(err)
	}
	model, err := fitClasses(t.Context(), rows, data.Labels(train), 2)
	if err != nil {
		t.Fatal(err)
	}
	within(t, "coefficients", model.weights, r.PairCoefficients, 1e-6)
	p, err := BagOfWords(t.Context(), []string{"a", "b"}, train, test)
	if err != nil {
		t.Fatal(err)
	}
	scores := make([]float32, len(test))
	for i := range scores {
		scores[i] = p.Logits[2*i+1]
	}
	within(t, "scores", scores, r.PairScores, 1e-6)
}

func TestMostFrequentWordsAgainstScikitLearn(t *testing.T) {
	r := readReference(t)
	train, _ := r.examples(false)
	words, rows, err := trainingRows(train, 7)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(words.text.words, r.FewWords) || words.text.left == 0 {
		t.Errorf("%q, expected %q", words.text.words, r.FewWords)
	}
	within(t, "sums of the columns", columnSums(rows), r.FewSums, 1e-9)
}
