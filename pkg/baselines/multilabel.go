package baselines

import (
	"context"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// LabelFrequencies gives every test example the same probabilities: each class's share of the
// training examples. classes are the names of the labels.
func LabelFrequencies(classes []string, train, test []data.Example) (*metrics.MultiLabelPredictions, error) {
	if len(train) == 0 {
		return nil, fmt.Errorf("label frequencies: no training examples")
	}
	counts := make([]int, len(classes))
	for _, e := range train {
		for _, class := range e.Labels {
			if class < 0 || class >= len(classes) {
				return nil, fmt.Errorf("label frequencies: example %s has label %d, expected 0 to %d", e.ID, class, len(classes)-1)
			}
			counts[class]++
		}
	}
	p := multiLabelPredictions(classes, test)
	for range test {
		for _, n := range counts {
			p.Probabilities = append(p.Probabilities, float32(float64(n)/float64(len(train))))
		}
	}
	return p, p.Validate()
}

// BagOfWordsMultiLabel answers the test examples with a logistic regression for each class
// against its absence, on the tf-idf weights of the words: scikit-learn's
// OneVsRestClassifier(LogisticRegression(C=1)). The answers are logits. A class that all or none
// of the training examples have gets a probability of about 1 or 0, which is 2^-23 off. The
// error is as for [BagOfWords].
func BagOfWordsMultiLabel(ctx context.Context, classes []string, train, test []data.Example) (*metrics.MultiLabelPredictions, error) {
	words, rows, err := trainingRows(train, maxWeights)
	if err != nil {
		return nil, err
	}
	questions, err := words.matrix(test)
	if err != nil {
		return nil, err
	}
	for _, e := range train {
		for _, class := range e.Labels {
			if class < 0 || class >= len(classes) {
				return nil, fmt.Errorf("bag of words: example %s has label %d, expected 0 to %d", e.ID, class, len(classes)-1)
			}
		}
	}
	p := multiLabelPredictions(classes, test)
	p.Logits = make([]float32, len(test)*len(classes))
	columns := rows.transposed()
	has := make([]bool, len(train))
	// One class after the other: the weights of all would not fit for 1,000 classes.
	for class := range classes {
		count := 0
		for i, e := range train {
			if has[i] = slices.Contains(e.Labels, class); has[i] {
				count++
			}
		}
		model := &linear{outputs: 1, weights: make([]float64, rows.width), intercepts: []float64{unseenLogit}}
		switch count {
		case 0:
		case len(train):
			model.intercepts[0] = -unseenLogit
		default:
			if model, err = fitLabel(ctx, rows, columns, has); err != nil {
				return nil, err
			}
		}
		score := make([]float64, 1)
		for i := range test {
			columns, values := questions.row(i)
			model.scores(columns, values, score)
			p.Logits[i*len(classes)+class] = float32(score[0])
		}
	}
	return p, p.Validate()
}

// fitLabel fits the logistic regression of one class against its absence.
func fitLabel(ctx context.Context, rows, columns *matrix, has []bool) (*linear, error) {
	return fit(ctx, rows, columns, 1, 1, func(i int, scores []float64) float64 { return binaryLoss(scores, has[i]) })
}

// multiLabelPredictions are those of test examples, without answers.
func multiLabelPredictions(classes []string, test []data.Example) *metrics.MultiLabelPredictions {
	p := &metrics.MultiLabelPredictions{Classes: classes, IDs: ids(test)}
	for _, e := range test {
		p.Labels = append(p.Labels, e.Labels)
	}
	return p
}
