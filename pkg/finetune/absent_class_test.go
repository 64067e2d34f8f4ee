package finetune

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMetricsOfAClassWithoutExamples compares with scikit-learn 1.9.1: accuracy_score,
// log_loss, precision_recall_fscore_support(labels=[0, 1, 2], zero_division=0),
// f1_score of the same with average="macro", and roc_auc_score of each class that occurs.
func TestMetricsOfAClassWithoutExamples(t *testing.T) {
	p := &Predictions{Classes: classNames[:3], Labels: []int{0, 1, 1, 0, 1},
		Probabilities: []float32{.6, .3, .1, .2, .5, .3, .1, .2, .7, .3, .6, .1, .25, .7, .05}}
	m := measure(t, p)
	near(t, "accuracy", m.Accuracy, 0.6)
	if diff := m.Loss - 0.874811693004941; diff > 1e-7 || diff < -1e-7 { // the probabilities are float32
		t.Errorf("loss %v", m.Loss)
	}
	near(t, "macro F1", m.MacroF1, 0.4444444444444444)
	for class, want := range []ClassMetrics{
		{Support: 2, Answered: 1, Precision: 1, Recall: 0.5, F1: 0.6666666666666666},
		{Support: 3, Answered: 3, Precision: 0.6666666666666666, Recall: 0.6666666666666666, F1: 0.6666666666666666},
		{Support: 0, Answered: 1},
	} {
		got := m.Classes[class]
		if got.Support != want.Support || got.Answered != want.Answered {
			t.Errorf("class %d: %+v, want %+v", class, got, want)
		}
		near(t, "precision", got.Precision, want.Precision)
		near(t, "recall", got.Recall, want.Recall)
		near(t, "F1", got.F1, want.F1)
	}
	near(t, "AUC of class 0", *m.Classes[0].ROCAUC.Value, 1)
	near(t, "AUC of class 1", *m.Classes[1].ROCAUC.Value, 0.5)
	if m.Classes[2].ROCAUC.Value != nil || m.ROCAUC.Value != nil || !strings.Contains(m.ROCAUC.String(), classNames[2]) {
		t.Errorf("AUC of a class without examples: %v, mean %v", m.Classes[2].ROCAUC, m.ROCAUC)
	}
}

// TestTestHalfWithoutAClass: an experiment whose test half lacks a class is measured,
// with a warning.
func TestTestHalfWithoutAClass(t *testing.T) {
	e := toy(t)
	e.Training.Epochs = 1
	path := filepath.Join(e.Data.Source, "train.jsonl")
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := f.WriteString(`{"text": "z y z y z", "label": "fine"}` + "\n"); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
	report, err := r.Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(report.Warnings, func(w string) bool {
		return strings.Contains(w, `classes ["fine"]`) && strings.Contains(w, "support")
	}) {
		t.Errorf("warnings %q", report.Warnings)
	}
	for _, m := range []*Metrics{report.Before, report.After} {
		fine := m.Classes[slices.IndexFunc(m.Classes, func(c ClassMetrics) bool { return c.Name == "fine" })]
		if len(m.Classes) != 3 || fine.Support != 0 || fine.Recall != 0 || fine.F1 != 0 || fine.ROCAUC.Reason == "" || m.Examples != 80 {
			t.Errorf("%+v", m)
		}
	}
	if report.Comparison.Examples != 80 {
		t.Errorf("%+v", report.Comparison)
	}
}

// TestTestHalfThatIsNotRead: the error about a missing test half names the file that was
// not read.
func TestTestHalfThatIsNotRead(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{"train.csv": "text,label\na,0\nb,1\n", "test.tsv": "text\tlabel\na\t0\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e := toy(t)
	e.Data.Source = dir
	_, err := e.Reviews(context.Background())
	if err == nil || !strings.Contains(err.Error(), "no test half") || !strings.Contains(err.Error(), "test.tsv: not read") {
		t.Errorf("%v", err)
	}
}
