package bert

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
)

// withoutClassifier copies the fixture without its classifier.
func withoutClassifier(t *testing.T) string {
	t.Helper()
	dir := copyTiny(t)
	rewrite(t, dir, func(all map[string]safetensors.Named) {
		delete(all, "classifier.weight")
		delete(all, "classifier.bias")
	})
	return dir
}

// A new classifier for each problem has the right number of rows, and the saved model states the
// problem as transformers does: num_labels follows from id2label.
func TestNewClassifierForEachProblem(t *testing.T) {
	for problem, c := range map[string]struct {
		labels, want []string
	}{
		MultiLabel: {[]string{"comedy", "drama", "horror"}, []string{"comedy", "drama", "horror"}},
		Regression: {[]string{"stars"}, []string{"stars"}},
	} {
		t.Run(problem, func(t *testing.T) {
			m, err := Open(context.Background(), withoutClassifier(t), Options{Head: Classification, Labels: c.labels, ProblemType: problem})
			if err != nil {
				t.Fatal(err)
			}
			if rows := m.Variable(ClassifierWeight).Shape().Dim(0); rows != len(c.want) || m.Config.ProblemType != problem {
				t.Errorf("%d rows, problem_type %q", rows, m.Config.ProblemType)
			}
			saved := filepath.Join(t.TempDir(), "saved")
			if err := m.Save(saved); err != nil {
				t.Fatal(err)
			}
			if got := readField(t, saved, "problem_type"); got != `"`+problem+`"` {
				t.Errorf("problem_type %s", got)
			}
			again, err := Open(context.Background(), saved, Options{Head: Classification})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(again.Config.Labels, c.want) || again.Config.Problem() != problem || len(again.Fresh) > 0 {
				t.Errorf("opened again: %q, %q, newly initialized %q", again.Config.Labels, again.Config.Problem(), again.Fresh)
			}
		})
	}
}

// A folder for another problem is refused with the remedies; FreshHead replaces its classifier.
func TestProblemOfAnotherModel(t *testing.T) {
	for _, found := range []string{SingleLabel, MultiLabel, Regression, "ranking"} {
		for _, wanted := range []string{SingleLabel, MultiLabel, Regression} {
			if found == wanted {
				continue
			}
			dir := copyTiny(t)
			setField(t, dir, "problem_type", found)
			labels := []string{"a", "b", "c"}
			if wanted == Regression {
				labels = labels[:1]
			}
			options := Options{Head: Classification, Labels: labels, ProblemType: wanted}
			_, err := Open(context.Background(), dir, options)
			var ce *ConfigError
			if !errors.As(err, &ce) || ce.Field != "problem_type" || ce.Path != filepath.Join(dir, "config.json") {
				t.Fatalf("%s, wanted %s: %v", found, wanted, err)
			}
			for _, word := range []string{found, wanted, "FreshHead", "fresh_head"} {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%s, wanted %s: the error does not say %q: %v", found, wanted, word, err)
				}
			}
			options.FreshHead = true
			m, err := Open(context.Background(), dir, options)
			if err != nil {
				t.Fatal(err)
			}
			if !m.FreshClassifier() || m.Config.Problem() != wanted {
				t.Errorf("%s, wanted %s: fresh %v, problem %q", found, wanted, m.FreshClassifier(), m.Config.Problem())
			}
		}
	}
}

// One class without problem_type has two meanings in transformers, and none here until it is
// stated.
func TestOneClassNeedsAProblem(t *testing.T) {
	dir := copyTiny(t)
	setField(t, dir, "id2label", map[string]string{"0": "score"})
	rewrite(t, dir, func(all map[string]safetensors.Named) {
		all["classifier.weight"], all["classifier.bias"] = zeros(1, 16), zeros(1)
	})
	_, err := Open(context.Background(), dir, Options{Head: Classification})
	for _, word := range []string{"id2label", Regression, MultiLabel, "problem_type", "FreshHead"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("the error does not say %q: %v", word, err)
		}
	}
	for _, problem := range []string{Regression, MultiLabel} {
		m, err := Open(context.Background(), dir, Options{Head: Classification, ProblemType: problem})
		if err != nil {
			t.Fatal(err)
		}
		if m.Config.ProblemType != problem || !slices.Equal(m.Config.Labels, []string{"score"}) {
			t.Errorf("%q, %q", m.Config.ProblemType, m.Config.Labels)
		}
	}
	if _, err := Open(context.Background(), dir, Options{Head: Classification, ProblemType: "ranking"}); err == nil || !strings.Contains(err.Error(), `"ranking"`) {
		t.Errorf("an unknown problem: %v", err)
	}
	if _, err := Open(context.Background(), dir, Options{Head: Classification, Labels: []string{"a", "b"}, ProblemType: Regression}); err == nil || !strings.Contains(err.Error(), "expected 1 name for a regression") {
		t.Errorf("two names for a number: %v", err)
	}
}
