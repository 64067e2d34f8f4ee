package metrics

import (
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
