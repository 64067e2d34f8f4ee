package show

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/metrics"
)

// Of two classes the positive one is named, and can be chosen; the area is the same.
func TestROCNamesThePositiveClass(t *testing.T) {
	before, after := answers(labelSets["ham, spam"], 30, 0), answers(labelSets["ham, spam"], 30, 1)
	area := regexp.MustCompile(`after: AUC ([0-9.]+)`)
	var areas []string
	for positive, want := range map[string][]string{
		"":     {`ROC curve of "spam"`, `"spam" is ranked above one of "ham"`, `For "ham" it is the same`},
		"spam": {`ROC curve of "spam"`},
		"ham":  {`ROC curve of "ham"`, `"ham" is ranked above one of "spam"`},
	} {
		f, err := roc(before, after, positive)
		got := charts(t, f, err)
		if len(got) != 1 {
			t.Fatalf("%d charts", len(got))
		}
		for _, w := range want {
			if !strings.Contains(got[0], w) {
				t.Errorf("positive %q: no %s in\n%s", positive, w, got[0])
			}
		}
		areas = append(areas, area.FindStringSubmatch(got[0])[1])
	}
	if areas[0] != areas[1] || areas[1] != areas[2] {
		t.Errorf("the areas are %q", areas)
	}
	if _, err := roc(before, after, "eggs"); err == nil || !strings.Contains(err.Error(), `"ham" "spam"`) {
		t.Errorf("an unknown positive class: %v", err)
	}
}

// Of several classes each is compared with the rest; the mean's area is the metrics'.
func TestROCOfSeveralClasses(t *testing.T) {
	for name, n := range map[string]int{"bad, fair, good": 1, "eight": 2, "twenty": 2, "seventy": 2} {
		classes := labelSets[name]
		before, after := answers(classes, 5, 0), answers(classes, 5, 1)
		f, err := roc(before, after, "")
		got := charts(t, f, err)
		if len(got) != n {
			t.Fatalf("%s: %d charts, want %d", name, len(got), n)
		}
		m, err := metrics.Measure(after)
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("mean of the classes, after: AUC %.3f", *m.ROCAUC.Value); !strings.Contains(got[0], want) {
			t.Errorf("%s: no %q in\n%s", name, want, got[0])
		}
		one, err := roc(before, after, classes[1])
		if text := charts(t, one, err); len(text) != 1 || !strings.Contains(text[0], fmt.Sprintf("share of the others taken for %q", classes[1])) && !strings.Contains(text[0], fmt.Sprintf("ROC curve of %q", classes[1])) {
			t.Errorf("%s: the curves of one class are %q", name, text)
		}
	}
}
