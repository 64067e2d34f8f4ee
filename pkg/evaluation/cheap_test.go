package evaluation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/splits"
)

// cheapExamples are examples whose words decide every kind of answer.
func cheapExamples(n int) *splits.Examples {
	e := &splits.Examples{Labels: []string{"neg", "pos"}}
	for i := range 3 * n {
		x := data.Example{ID: fmt.Sprint(i), Text: "a dull film", Label: i % 2, Labels: []int{}}
		if i%2 == 1 {
			x.Text, x.Labels, x.Value = "a bright film", []int{0, 1}, 5
		}
		if i < 2*n {
			e.Train = append(e.Train, x)
		} else {
			e.Test = append(e.Test, x)
		}
	}
	return e
}

func TestCheapBaselinesOfEveryTask(t *testing.T) {
	for task, want := range map[data.Task]string{
		"":               "majority class 50.0 %, bag of words 100.0 %",
		data.SingleLabel: "majority class 50.0 %, bag of words 100.0 %",
		data.MultiLabel:  "label frequencies micro F1 0.667 (mean ROC AUC 0.5000), bag of words micro F1 1.000 (mean ROC AUC 1.0000)",
		data.Regression:  "mean MAE 2.5, bag of words MAE 0.",
	} {
		c, _, err := MeasureCheap(t.Context(), task, cheapExamples(40), 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.String(); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %s, expected %s", task, got, want)
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		var read CheapBaselines
		if err := json.Unmarshal(text, &read); err != nil || read.String() != c.String() {
			t.Errorf("%s: %s, %v after a file", task, read.String(), err)
		}
	}
}

// Texts without words have no bag of words, which is said and stops nothing.
func TestCheapBaselinesWithoutWords(t *testing.T) {
	e := cheapExamples(10)
	for i := range e.Train {
		e.Train[i].Text = "! ?"
	}
	c, _, err := MeasureCheap(t.Context(), "", e, 1)
	if err != nil || c.SingleLabel.BagOfWords != nil || !strings.Contains(c.String(), "majority class 50.0 %; bag of words: the training texts have no word") {
		t.Errorf("%v, %v", c, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := MeasureCheap(ctx, "", cheapExamples(10), 1); !errors.Is(err, context.Canceled) {
		t.Errorf("error is %v", err)
	}
}

func TestCheapComparisonOfEveryTask(t *testing.T) {
	e := cheapExamples(40)
	var single metrics.Predictions
	var several metrics.MultiLabelPredictions
	var numbers metrics.RegressionPredictions
	single.Classes, several.Classes = e.Labels, e.Labels
	for _, x := range e.Test {
		single.IDs, single.Labels = append(single.IDs, x.ID), append(single.Labels, x.Label)
		single.Probabilities = append(single.Probabilities, 0.9, 0.1)
		several.IDs, several.Labels = single.IDs, append(several.Labels, x.Labels)
		several.Probabilities = append(several.Probabilities, 0.1, 0.1)
		numbers.IDs, numbers.Values, numbers.Answers = single.IDs, append(numbers.Values, x.Value), append(numbers.Answers, x.Value)
	}
	for want, trained := range map[string]classify.TaskPredictions{
		"bag of words 100.0 %, BERT -50.0 points": {SingleLabel: &single},
		"bag of words: micro F1 1, BERT -1":       {MultiLabel: &several},
		"bag of words: MAE 0.":                    {Regression: &numbers},
	} {
		task := data.SingleLabel
		switch {
		case trained.MultiLabel != nil:
			task = data.MultiLabel
		case trained.Regression != nil:
			task = data.Regression
		}
		words, err := BagOfWords(t.Context(), task, e)
		if err != nil {
			t.Fatal(err)
		}
		c, err := CompareCheap(t.Context(), words, &trained, 1)
		if err != nil {
			t.Fatal(err)
		}
		verdict := "BERT is worse, a bag of words is the better choice"
		if trained.Regression != nil {
			verdict = "BERT is better"
		}
		if got := c.String(); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, verdict) {
			t.Errorf("%s, expected %s ... %s", got, want, verdict)
		}
	}
}
