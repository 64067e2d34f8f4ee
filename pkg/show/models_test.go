package show

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/metrics"
)

// A folder of an earlier version has no answers without BERT: the table's title must not name
// them, and a note says how to get them.
func TestModelsOfEarlierVersions(t *testing.T) {
	m := &metrics.Metrics{Accuracy: 0.5, MacroF1: 0.4}
	for name, c := range map[string]struct {
		cheap *evaluation.CheapBaselines
		title string
		notes int
	}{
		"earlier": {nil, "Test examples: BERT", 1},
		"now": {&evaluation.CheapBaselines{SingleLabel: &evaluation.CheapPair[metrics.Metrics]{Constant: m, BagOfWords: m}},
			"Test examples: BERT and answers without BERT", 0},
	} {
		var f Figures
		if err := f.singleModels(c.cheap, m, m); err != nil {
			t.Fatal(name, err)
		}
		if text := f.Tables[0].Text(); !strings.HasPrefix(text, c.title+"\n") || len(f.Notes) != c.notes {
			t.Errorf("%s: expected the title %q and %d notes, found %q and\n%s", name, c.title, c.notes, f.Notes, text)
		}
	}
}
