package baselines

import (
	"context"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// Mean answers every test example with the mean of the training examples' values.
func Mean(train, test []data.Example) (*metrics.RegressionPredictions, error) {
	mean, _, err := valueMoments(train)
	if err != nil {
		return nil, fmt.Errorf("mean: %w", err)
	}
	p := regressionPredictions(test)
	for i := range p.Answers {
		p.Answers[i] = mean
	}
	return p, p.Validate()
}

// BagOfWordsRegression answers the test examples with a ridge regression on the tf-idf weights of
// their words, fitted to the training examples: scikit-learn's TfidfVectorizer and Ridge(alpha=1)
// with their default settings, to the minimum. The error names an example without a finite value,
// or says that the texts have no words.
func BagOfWordsRegression(ctx context.Context, train, test []data.Example) (*metrics.RegressionPredictions, error) {
	mean, spread, err := valueMoments(train)
	if err != nil {
		return nil, fmt.Errorf("bag of words: %w", err)
	}
	words, rows, err := trainingRows(train, maxWeights)
	if err != nil {
		return nil, err
	}
	questions, err := words.matrix(test)
	if err != nil {
		return nil, err
	}
	model, err := fitValues(ctx, rows, train, mean, spread)
	if err != nil {
		return nil, err
	}
	p := regressionPredictions(test)
	for i := range test {
		columns, values := questions.row(i)
		model.scores(columns, values, p.Answers[i:i+1])
	}
	return p, p.Validate()
}

// fitValues fits a ridge regression. The optimizer sees values of mean 0 and variance 1; the
// result of a ridge regression is linear in the values.
func fitValues(ctx context.Context, rows *matrix, train []data.Example, mean, spread float64) (*linear, error) {
	if spread == 0 { // every value is the same
		return &linear{outputs: 1, weights: make([]float64, rows.width), intercepts: []float64{mean}}, nil
	}
	model, err := fit(ctx, rows, rows.transposed(), 1, 1, func(i int, scores []float64) float64 {
		scores[0] -= (train[i].Value - mean) / spread
		return scores[0] * scores[0] / 2
	})
	if err != nil {
		return nil, err
	}
	for c := range model.weights {
		model.weights[c] *= spread
	}
	model.intercepts[0] = mean + spread*model.intercepts[0]
	return model, nil
}

// valueMoments returns the mean and the standard deviation of the examples' values.
func valueMoments(examples []data.Example) (mean, spread float64, err error) {
	if len(examples) == 0 {
		return 0, 0, fmt.Errorf("no training examples")
	}
	same := true
	for _, e := range examples {
		if !(math.Abs(e.Value) <= 1e150) {
			return 0, 0, fmt.Errorf("example %s has value %v, expected a finite number of at most 1e150", e.ID, e.Value)
		}
		mean += e.Value / float64(len(examples))
		same = same && e.Value == examples[0].Value
	}
	if same {
		return examples[0].Value, 0, nil // the mean would have a rounding error
	}
	for _, e := range examples {
		spread += (e.Value - mean) * (e.Value - mean) / float64(len(examples))
	}
	return mean, math.Sqrt(spread), nil
}

// regressionPredictions are those of test examples, with answers of 0.
func regressionPredictions(test []data.Example) *metrics.RegressionPredictions {
	p := &metrics.RegressionPredictions{IDs: ids(test), Answers: make([]float64, len(test))}
	for _, e := range test {
		p.Values = append(p.Values, e.Value)
	}
	return p
}
