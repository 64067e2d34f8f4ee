package show

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/table"
)

// topics returns n long names of classes that differ at their end.
func topics(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("questions to the town library about shelf number %d", i+1))
	}
	return out
}

// labelSets are the classes that every chart is drawn for.
var labelSets = map[string][]string{
	"fresh, rotten":   {"fresh", "rotten"},
	"ham, spam":       {"ham", "spam"},
	"bad, fair, good": {"bad", "fair", "good"},
	"eight":           {"cooking", "gardening", "music", "politics", "science", "sports", "travel", "weather"},
	"all examples":    {"all examples", "(all examples)", "some"},
	"twenty":          topics(20),
	"fifty":           topics(50),
	"seventy":         topics(70),
}

// answers are predictions for so many examples a class, the better the larger skill is.
// Each example's class is its ID's, so that answers of two skills belong together.
func answers(classes []string, each int, skill float64) *metrics.Predictions {
	rng := rand.New(rand.NewPCG(uint64(len(classes)), uint64(100*skill)))
	p := &metrics.Predictions{Classes: classes}
	for class := range classes {
		for i := range each {
			p.IDs = append(p.IDs, fmt.Sprintf("%d-%d", class, i))
			p.Labels = append(p.Labels, class)
			for other := range classes {
				score := rng.NormFloat64()
				if other == class {
					score += skill
				}
				p.Logits = append(p.Logits, float32(score))
			}
		}
	}
	return p
}

// reviewsOf are the texts behind answers.
func reviewsOf(name string, p *metrics.Predictions) *splits.Examples {
	r := &splits.Examples{Name: name, Labels: p.Classes}
	for i, id := range p.IDs {
		r.Test = append(r.Test, data.Example{ID: id, Label: p.Labels[i], Text: "Text number " + id + " über ein Thema, " + strings.Repeat("длинный ", 30)})
	}
	return r
}

func reportOf(t *testing.T, before, after *metrics.Predictions) *finetune.Report {
	t.Helper()
	r := &finetune.Report{Training: &finetune.Trained{}}
	var err error
	if r.Before, err = metrics.Measure(before); err != nil {
		t.Fatal(err)
	}
	if r.After, err = metrics.Measure(after); err != nil {
		t.Fatal(err)
	}
	if r.Comparison, err = metrics.Compare(t.Context(), before, after, significance.Bootstrap{Resamples: 100}); err != nil {
		t.Fatal(err)
	}
	return r
}

func baselineOf(m *metrics.Metrics) *finetune.Baseline {
	return &finetune.Baseline{Evaluation: evaluation.Evaluation{Metrics: m}}
}

// parrot answers every text with the class whose name the text's first word is.
type parrot []string

func (p parrot) Classify(_ context.Context, texts []string) ([]classify.Answer, error) {
	var out []classify.Answer
	for _, text := range texts {
		first, _, _ := strings.Cut(text, " ")
		if !slices.Contains(p, first) {
			first = p[len(p)-1]
		}
		out = append(out, classify.Answer{Label: first, Probability: 0.75})
	}
	return out, nil
}

func (p parrot) Words(_ context.Context, text, class string) ([]classify.WordEffect, error) {
	if !slices.Contains(p, class) {
		return nil, errors.New("unknown class " + class)
	}
	var out []classify.WordEffect
	for i, w := range strings.Fields(text) {
		out = append(out, classify.WordEffect{Text: w, Effect: 0.1 * float64(i%5-2)})
	}
	return out, nil
}

// everything is the text of all that is drawn for a pair of answers.
func everything(t *testing.T, before, after *metrics.Predictions) string {
	t.Helper()
	r := reportOf(t, before, after)
	reviews := reviewsOf("letters", after)
	classes := after.Classes
	tokens := make([]int, after.Len())
	for i := range tokens {
		tokens[i] = 5 + i%40
	}
	var out strings.Builder
	put := func(f Figures, err error) {
		t.Helper()
		if err == nil {
			err = f.write(&out, table.Show, table.ShowSlider, func(c chart.Chart) error {
				if _, err := c.SVG(); err != nil {
					return err
				}
				if _, err := c.Options(); err != nil {
					return err
				}
				out.WriteString(c.Text())
				return nil
			})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	put(lengths(tokens, 16, encoding.Head))
	put(Baseline(baselineOf(r.Before)))
	put(confidence(before, r.Before.Accuracy))
	put(comparison(r, nil))
	put(confusion(r))
	put(roc(before, after, ""))
	put(byLength(before, after, tokens))
	put(singleCalibration(r))
	put(flips(r, reviews))
	put(Words(t.Context(), parrot(classes), "Words", classes, "", flipped(r, reviews)...))
	put(Words(t.Context(), parrot(classes), "Words", classes, "", examples(data.SingleLabel, reviews)...))
	return out.String()
}

// Every chart is drawn for any labels and for two to seventy classes, and names the
// classes of the data and no others.
func TestAnyLabels(t *testing.T) {
	testenv.NeedsTime(t, "it trains on three data sets")
	for name, classes := range labelSets {
		t.Run(name, func(t *testing.T) {
			text := everything(t, answers(classes, 4, 0), answers(classes, 4, 1.5))
			for _, class := range classes {
				if len(classes) <= mostClasses && !strings.Contains(text, class) {
					t.Errorf("class %q is nowhere", class)
				}
			}
			for _, word := range []string{"good", "bad", "pos", "neg", "film", "review", "coin"} {
				if !slices.Contains(classes, word) && regexp.MustCompile(`(?i)\b`+word+`s?\b`).MatchString(text) {
					t.Errorf("the word %q is in\n%s", word, text)
				}
			}
			if k := fmt.Sprintf("ln %d = %.3f", len(classes), math.Log(float64(len(classes)))); !strings.Contains(text, k) {
				t.Errorf("the loss of equal probabilities, %s, is not there", k)
			}
		})
	}
}

// charts returns the texts of charts.
func charts(t *testing.T, f Figures, err error) (out []string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range f.Charts {
		out = append(out, c.Text())
	}
	return out
}

// A class without a test example is named and left out; nothing fails.
func TestClassWithoutExamples(t *testing.T) {
	classes := []string{"early", "late", "never"}
	before, after := answers(classes, 10, 0), answers(classes, 10, 1)
	for _, p := range []*metrics.Predictions{before, after} {
		p.IDs, p.Labels, p.Logits = p.IDs[:20], p.Labels[:20], p.Logits[:60]
	}
	text := everything(t, before, after)
	for _, want := range []string{`no test example is of class "never"`, "left out of the mean: no example is of class never"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	two := []string{"early", "late"}
	a, b := answers(two, 10, 0), answers(two, 10, 1)
	for _, p := range []*metrics.Predictions{a, b} {
		p.IDs, p.Labels, p.Logits = p.IDs[:10], p.Labels[:10], p.Logits[:20]
	}
	if f, err := roc(a, b, ""); err != nil || len(f.Charts) != 0 || len(f.Notes) != 1 {
		t.Errorf("examples of one class: %v, %v", f, err)
	}
}

// The baseline is compared with the most frequent class, not with a coin.
func TestMajority(t *testing.T) {
	p := answers([]string{"ham", "spam"}, 20, 0)
	p.IDs, p.Labels, p.Logits = p.IDs[:25], p.Labels[:25], p.Logits[:50] // 20 ham, 5 spam
	m, err := metrics.Measure(p)
	if err != nil {
		t.Fatal(err)
	}
	f, err := Baseline(baselineOf(m))
	if text := charts(t, f, err)[0]; !strings.Contains(text, `always predicting "ham", the most frequent class, has 80.0 %`) {
		t.Error(text)
	}
}

// Accuracy that falls is said to fall.
func TestAccuracyFalls(t *testing.T) {
	classes := labelSets["bad, fair, good"]
	for _, c := range []struct {
		before, after float64
		want          string
	}{{0, 2, "Accuracy rose by "}, {2, 0, "Accuracy fell by "}, {1, 1, "Accuracy is the same"}} {
		f, err := accuracy(reportOf(t, answers(classes, 20, c.before), answers(classes, 20, c.after)), nil)
		if text := charts(t, f, err)[0]; !strings.Contains(text, c.want) || strings.Contains(text, "by -") {
			t.Errorf("want %q in\n%s", c.want, text)
		}
	}
}

// The marks of words say which class they point to.
func TestWordsPointToAClass(t *testing.T) {
	for _, c := range []struct {
		classes  []string
		positive string
		want     []string
	}{
		{[]string{"fresh", "rotten"}, "", []string{"+ towards rotten, - towards fresh"}},
		{[]string{"fresh", "rotten"}, "fresh", []string{"+ towards fresh, - towards rotten"}},
		{[]string{"bad", "fair", "good"}, "", []string{"+ towards the prediction, - away from the prediction", "predicted fair, 0.75"}},
		{[]string{"bad", "fair", "good"}, "bad", []string{"+ towards bad, - away from bad"}},
	} {
		f, err := Words(t.Context(), parrot(c.classes), "Words", c.classes, c.positive, Text{Name: "a", Text: "fair weather today"}, Text{Name: "b", Text: "rain"})
		text := charts(t, f, err)[0]
		for _, w := range c.want {
			if !strings.Contains(text, w) {
				t.Errorf("%q of %q: no %q in\n%s", c.positive, c.classes, w, text)
			}
		}
	}
	long := Text{Name: "long", Text: strings.Repeat("word ", 1000)}
	f, err := Words(t.Context(), parrot{"a", "b"}, "Words", []string{"a", "b"}, "", long, long2(long))
	if err != nil || len(f.Notes) != 2 || !strings.Contains(f.Notes[0], "only the first 180 of 1,000 words") {
		t.Errorf("long texts: %q, %v", f.Notes, err)
	}
	if _, err := Words(t.Context(), parrot{"a", "b"}, "Words", []string{"a", "b"}, "c", long); err == nil || !strings.Contains(err.Error(), `"a" "b"`) {
		t.Errorf("an unknown class: %v", err)
	}
}

func long2(t Text) Text { return Text{Name: t.Name + " again", Text: t.Text} }

// The texts of the data are shown whole letters at a time, those of IMDB never.
func TestQuotes(t *testing.T) {
	classes := labelSets["fresh, rotten"]
	before, after := answers(classes, 20, 0), answers(classes, 20, 3)
	r := reportOf(t, before, after)
	for name, quoted := range map[string]bool{"letters": true, "sample": true, "imdb": false} {
		reviews := reviewsOf(name, after)
		var texts []string
		for _, text := range append(examples(data.SingleLabel, reviews), flipped(r, reviews)...) {
			texts = append(texts, text.Text)
		}
		f, err := flips(r, reviews)
		all := strings.Join(append(texts, figureText(t, f, err)), "\n")
		f, err = demonstration(t.Context(), parrot(classes), reviews, after)
		all += figureText(t, f, err)
		if strings.Contains(all, "Text number") != quoted {
			t.Errorf("%s: texts of the data are quoted: %t", name, !quoted)
		}
		if strings.ContainsRune(all, '\uFFFD') {
			t.Errorf("%s: a letter is cut: %q", name, all)
		}
		if quoted && strings.Contains(all, "disaster") {
			t.Errorf("%s: the sentences about films are shown", name)
		}
	}
}

func TestNoLength(t *testing.T) {
	if _, err := lengths(nil, 16, encoding.Head); err == nil {
		t.Error("lengths of nothing are drawn")
	}
	for _, test := range []struct {
		maxLength int
		want      string
	}{{16, "All examples are read completely: they have at most 16 tokens."}, {15, "75 % of the examples have at most 15 tokens; the others are truncated."}} {
		f, err := lengths([]int{3, 4, 5, 16}, test.maxLength, encoding.Head)
		if err != nil || f.Charts[0].Takeaway() != test.want {
			t.Errorf("%v, %q, expected %q", err, f.Charts[0].Takeaway(), test.want)
		}
	}
	// The share is rounded, as in the text about the length: it is not 66.
	if f, err := lengths([]int{3, 4, 16}, 15, encoding.Head); err != nil || !strings.HasPrefix(f.Charts[0].Takeaway(), "66.7 % of the examples") {
		t.Errorf("%v, %q", err, f.Charts[0].Takeaway())
	}
	classes := labelSets["fresh, rotten"]
	before, after := answers(classes, 5, 0), answers(classes, 5, 3)
	same := make([]int, after.Len())
	f, err := byLength(before, after, same)
	if text := charts(t, f, err)[0]; !strings.Contains(text, "the same length") {
		t.Error(text)
	}
}

// Headings with long class names keep what they say.
func TestBrief(t *testing.T) {
	for name, want := range map[string]string{"fresh": "fresh", "questions to the library about shelf number 17": "questions t…shelf number 17", strings.Repeat("ы", 60): strings.Repeat("ы", 11) + "…" + strings.Repeat("ы", 15)} {
		if got := brief(name); got != want {
			t.Errorf("%q becomes %q, want %q", name, got, want)
		}
	}
}
