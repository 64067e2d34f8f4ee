package toytest

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

// ClassifierLabels are the classes of the models of [Classifier].
var ClassifierLabels = map[data.Task][]string{
	data.SingleLabel:         {"bad", "fine", "good"},
	data.MultiLabel:          {"art", "news", "sport"},
	data.Regression:          {"stars"},
	data.TokenClassification: {"O", "B-PER", "I-PER", "B-LOC", "I-LOC"},
}

// Classifier makes the folder of the model of [Model] with a random classifier for a task, whose
// answers depend on the text.
func Classifier(t testing.TB, task data.Task) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "encoder")
	if err := saveModel(dir, bert.Options{}); err != nil {
		t.Fatal(err)
	}
	o := bert.Options{Head: bert.Classification, Labels: ClassifierLabels[task], ProblemType: string(task), FreshHead: true}
	if task == data.TokenClassification {
		o.Head, o.ProblemType = bert.TokenClassification, ""
	}
	m, err := bert.Open(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	Randomize(t, rand.New(rand.NewPCG(3, 9)), 1, m.Store.GetVariable("/classifier/weight"), m.Store.GetVariable("/classifier/bias"))
	saved := filepath.Join(t.TempDir(), "classifier")
	if err := m.Save(saved); err != nil {
		t.Fatal(err)
	}
	return saved
}

// OpenClassifier opens the folder of a complete model on an engine. It reads at most 16 tokens of a
// text.
func OpenClassifier(t testing.TB, backend compute.Backend, dir string) *classify.Classifier {
	t.Helper()
	head := bert.Classification
	config, err := bert.ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	if config.ScoresTokens() {
		head = bert.TokenClassification
	}
	m, err := bert.Open(context.Background(), dir, bert.Options{Head: head})
	if err != nil {
		t.Fatal(err)
	}
	p, err := classify.NewPredictor(backend, m, m.Encoder(), 16)
	if err != nil {
		t.Fatal(err)
	}
	c := classify.New(m, p)
	t.Cleanup(c.Close)
	return c
}
