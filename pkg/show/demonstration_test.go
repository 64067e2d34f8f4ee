package show

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/classify"
)

// oracle answers with a class for each beginning of a text, and otherwise with the last class.
type oracle struct {
	begins      map[string]string
	usual       string
	probability float64 // default 0.9
	err         error
}

func (o oracle) Classify(_ context.Context, texts []string) ([]classify.Answer, error) {
	var out []classify.Answer
	for _, text := range texts {
		answer := classify.Answer{Label: o.usual, Probability: cmp.Or(o.probability, 0.9)}
		for begin, label := range o.begins {
			if strings.HasPrefix(text, begin) {
				answer.Label = label
			}
		}
		out = append(out, answer)
	}
	return out, o.err
}

// The text about the sentences follows the classifier's predictions.
func TestDemonstrationSentences(t *testing.T) {
	after := answers(filmClasses, 20, 1)
	for name, c := range map[string]struct {
		classifier oracle
		want       []string
	}{
		"all right":        {oracle{begins: map[string]string{"Dull": "neg", "The photography": "neg", "Simply": "neg"}, usual: "pos"}, []string{"All 5 sentences are classified rightly, also the difficult ones (concession, negation, irony)."}},
		"irony wrong":      {oracle{begins: map[string]string{"Dull": "neg", "The photography": "neg"}, usual: "pos"}, []string{"Right: praise, blame, concession, negation. Wrong: irony (predicted pos with a probability of 0.90): the words are those of praise"}},
		"always neg":       {oracle{usual: "neg"}, []string{"Right: blame, concession, irony. Wrong: praise (predicted neg", "negation (predicted neg"}},
		"undecided":        {oracle{usual: "neg", probability: 0.55}, []string{"Right: blame (but undecided), concession (but undecided), irony (but undecided). Wrong: praise (predicted neg with a probability of only 0.55): the model is undecided. negation"}},
		"everything wrong": {oracle{begins: map[string]string{"Dull": "pos", "The photography": "pos", "Simply": "pos"}, usual: "neg"}, []string{"No sentence is classified rightly. Wrong: praise"}},
	} {
		t.Run(name, func(t *testing.T) {
			for source, quoted := range map[string]bool{"imdb": false, "sample": true} {
				f, err := demonstration(t.Context(), c.classifier, reviewsOf(source, after), after)
				text := figureText(t, f, err)
				expect(t, text, append(c.want, "A wonderful film", "most certain wrong prediction", "are classified wrongly. The last row is")...)
				if strings.Contains(text, "Text number") != quoted {
					t.Errorf("%s: a test example is quoted: %t", source, !quoted)
				}
			}
		})
	}
	failed := errors.New("no memory")
	if _, err := demonstration(t.Context(), oracle{err: failed}, reviewsOf("imdb", after), after); !errors.Is(err, failed) {
		t.Errorf("%v", err)
	}
}

// Other data, and film reviews with other classes, show their own examples.
func TestDemonstrationOfOwnData(t *testing.T) {
	for name, classes := range map[string][]string{"letters": labelSets["bad, fair, good"], "imdb": {"one", "ten"}, "eight": labelSets["eight"]} {
		after := answers(classes, 20, 1)
		f, err := demonstration(t.Context(), oracle{}, reviewsOf(name, after), after)
		text := figureText(t, f, err)
		expect(t, text, "most certain right prediction", "most certain wrong prediction")
		if strings.Contains(text, "wonderful") || strings.Count(text, "most certain right") != min(3, len(classes)) {
			t.Errorf("%s: %s", name, text)
		}
	}
	classes := labelSets["bad, fair, good"]
	perfect := answers(classes, 20, 100)
	f, err := demonstration(t.Context(), oracle{}, reviewsOf("letters", perfect), perfect)
	text := figureText(t, f, err)
	expect(t, text, "All 60 test examples are classified rightly.")
	if strings.Contains(text, "most certain wrong") {
		t.Error(text)
	}
}

// The extremes are those with the highest probability.
func TestMostConfident(t *testing.T) {
	p := answers([]string{"a", "b"}, 3, 0)
	p.Logits = []float32{1, 0, 3, 0, 0, 2 /* a; the last wrong */, 0, 1, 4, 0, 5, 0 /* b; the last two wrong */}
	e, err := mostConfident(p)
	if err != nil || e.right[0].row != 1 || e.right[1].row != 3 || e.wrong.row != 5 || e.wrong.predicted != 0 || e.errors != 3 {
		t.Errorf("%+v, %v", e, err)
	}
}
