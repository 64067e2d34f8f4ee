package baselines

import (
	"context"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// MajorityClass answers every test example with the most frequent class of the training examples,
// the first of several. The probabilities are the classes' shares of the training examples. It is
// scikit-learn's DummyClassifier(strategy="prior"). classes are the names of the labels.
func MajorityClass(classes []string, train, test []data.Example) (*metrics.Predictions, error) {
	counts, err := countClasses(classes, train, test)
	if err != nil {
		return nil, fmt.Errorf("majority class: %w", err)
	}
	p := &metrics.Predictions{Classes: classes, IDs: ids(test), Labels: data.Labels(test)}
	for range test {
		for _, n := range counts {
			p.Probabilities = append(p.Probabilities, float32(float64(n)/float64(len(train))))
		}
	}
	return p, p.Validate()
}

// maxWeights bounds the weights of a classifier, and with them its memory, to about 300 MB. Two
// classes need one weight per word, more classes one each.
const maxWeights = 2_000_000

// BagOfWords answers the test examples with a logistic regression on the tf-idf weights of their
// words, fitted to the training examples: scikit-learn's TfidfVectorizer and
// LogisticRegression(C=1) with their default settings, to the minimum. The answers are logits;
// two classes have the logits 0 and the score of the second. classes are the names of the
// labels, of which the training examples must have two.
//
// A class without training examples has a probability of about 2^-23, which counts as 0. If
// classes times words are more than two million, only the most frequent words are used. The
// error names an example with an unusable label, or says that the texts have no words.
func BagOfWords(ctx context.Context, classes []string, train, test []data.Example) (*metrics.Predictions, error) {
	counts, err := countClasses(classes, train, test)
	if err != nil {
		return nil, fmt.Errorf("bag of words: %w", err)
	}
	// seen are the classes with training examples, output their outputs.
	var seen []int
	output := make([]int, len(classes))
	for class, n := range counts {
		if n > 0 {
			output[class] = len(seen)
			seen = append(seen, class)
		}
	}
	if len(seen) < 2 {
		return nil, fmt.Errorf("bag of words: every training example is of class %s, expected at least two classes", classes[seen[0]])
	}
	words, rows, err := trainingRows(train, maxWeights/len(seen))
	if err != nil {
		return nil, err
	}
	targets := make([]int, len(train))
	for i, e := range train {
		targets[i] = output[e.Label]
	}
	model, err := fitClasses(ctx, rows, targets, len(seen))
	if err != nil {
		return nil, err
	}
	questions, err := words.matrix(test)
	if err != nil {
		return nil, err
	}
	p := &metrics.Predictions{Classes: classes, IDs: ids(test), Labels: data.Labels(test), Logits: make([]float32, len(test)*len(classes))}
	scores := make([]float64, model.outputs)
	for i := range test {
		columns, values := questions.row(i)
		model.scores(columns, values, scores)
		fillLogits(p.Logits[i*len(classes):][:len(classes)], seen, scores)
	}
	return p, p.Validate()
}

// trainingRows returns the features of training examples and their values.
func trainingRows(train []data.Example, limit int) (*features, *matrix, error) {
	words, err := newFeatures(train, limit)
	if err != nil {
		return nil, nil, err
	}
	rows, err := words.matrix(train)
	return words, rows, err
}

// fitClasses fits a logistic regression: for two classes the score of the second against the
// first, for more a score of each (multinomial).
func fitClasses(ctx context.Context, rows *matrix, targets []int, classes int) (*linear, error) {
	if classes == 2 {
		return fit(ctx, rows, rows.transposed(), 1, 1, func(i int, scores []float64) float64 {
			return binaryLoss(scores, targets[i] == 1)
		})
	}
	return fit(ctx, rows, rows.transposed(), classes, 1, func(i int, scores []float64) float64 {
		right := scores[targets[i]]
		top := scores[metrics.Argmax(scores)]
		sum := 0.0
		for class, s := range scores {
			scores[class] = math.Exp(s - top)
			sum += scores[class]
		}
		for class := range scores {
			scores[class] /= sum
		}
		scores[targets[i]]--
		return math.Log(sum) + top - right
	})
}

// binaryLoss is the cross-entropy of one score. It replaces the score with the derivative.
func binaryLoss(scores []float64, right bool) float64 {
	s := scores[0]
	scores[0] = 1 / (1 + math.Exp(-s))
	if right {
		scores[0]--
		s = -s
	}
	return max(s, 0) + math.Log1p(math.Exp(-math.Abs(s)))
}

// unseenLogit is the logarithm of the probability of a class without training examples.
const unseenLogit = -23 * math.Ln2

// fillLogits fills in the logits of all classes from the scores of those that were seen.
func fillLogits(logits []float32, seen []int, scores []float64) {
	if len(scores) == 1 {
		scores = []float64{0, scores[0]}
	}
	top := scores[metrics.Argmax(scores)]
	sum := 0.0
	for _, s := range scores {
		sum += math.Exp(s - top)
	}
	for class := range logits {
		logits[class] = float32(top + math.Log(sum) + unseenLogit)
	}
	for output, class := range seen {
		logits[class] = float32(scores[output])
	}
}

// countClasses counts the training examples of each class, and checks the labels of all examples.
func countClasses(classes []string, train, test []data.Example) ([]int, error) {
	if len(train) == 0 {
		return nil, fmt.Errorf("no training examples")
	}
	for _, examples := range [][]data.Example{train, test} {
		for _, e := range examples {
			if e.Label < 0 || e.Label >= len(classes) {
				return nil, fmt.Errorf("example %s has label %d, expected 0 to %d", e.ID, e.Label, len(classes)-1)
			}
		}
	}
	counts := make([]int, len(classes))
	for _, e := range train {
		counts[e.Label]++
	}
	return counts, nil
}

func ids(examples []data.Example) []string {
	list := make([]string, len(examples))
	for i, e := range examples {
		list[i] = e.ID
	}
	return list
}
