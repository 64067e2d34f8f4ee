package show

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/table"
)

// Text is a text with a name, or a pair of texts.
type Text struct {
	Name, Text string
	Pair       string // the second text of a pair
}

// ownTexts replace IMDB's reviews, which belong to their authors.
var ownTexts = []Text{
	{Name: "praise", Text: "I went in expecting little and came out wanting to call everyone I know."},
	{Name: "irony", Text: "The best thing about it is that it ends."},
	{Name: "blame", Text: "Not the disaster that people say, and not a film I would ever see again."},
}

// imdb is the name of IMDB's data set, whichever files it was read from.
const imdb = "imdb"

// mayQuote reports whether the texts of the examples may be shown: those of IMDB may not.
func mayQuote(reviews *splits.Examples) bool { return reviews.Name != imdb }

// examples returns texts to try a classifier on: the first test example of each of the first
// three classes. For IMDB, it returns sentences written for this module instead.
func examples(reviews *splits.Examples) []Text {
	if !mayQuote(reviews) {
		return slices.Clone(ownTexts)
	}
	var out []Text
	for class := range min(3, len(reviews.Labels)) {
		for _, r := range reviews.Test {
			if r.Label == class {
				out = append(out, textOf(fmt.Sprintf("%s is %s", brief(r.ID), brief(reviews.Labels[class])), r))
				break
			}
		}
	}
	return out
}

// Flipped returns up to three test examples with a changed prediction: two whose class gained
// most probability and one whose class lost most. If no prediction changed, it returns the first
// test example of each of the first three classes; for IMDB, sentences written for this module.
func Flipped(ctx context.Context, r *finetune.Run) ([]Text, error) {
	report, reviews, err := reported(ctx, r)
	if err != nil {
		return nil, err
	}
	return flipped(report, reviews), nil
}

// reported returns the report of a run and its examples.
func reported(ctx context.Context, r *finetune.Run) (*finetune.Report, *splits.Examples, error) {
	if err := checkRun(r); err != nil {
		return nil, nil, err
	}
	report, err := r.Report(ctx)
	if err != nil {
		return nil, nil, err
	}
	reviews, err := r.Examples(ctx)
	return report, reviews, err
}

func flipped(r *finetune.Report, reviews *splits.Examples) []Text {
	flips := r.Comparison.Flips
	if !mayQuote(reviews) || len(flips) == 0 {
		return examples(reviews)
	}
	var out []Text
	for i, f := range flips {
		if i < 2 || i == len(flips)-1 {
			name := fmt.Sprintf("%s is %s: %.2f before, %.2f after", brief(f.ID), brief(r.Classes()[f.Label]), f.ProbabilityBefore, f.ProbabilityAfter)
			out = append(out, textOf(name, examplesByID(reviews)[f.ID]))
		}
	}
	return out
}

// brief shortens a name for a heading: a long one keeps its beginning and its end.
func brief(name string) string {
	const head, tail = 11, 15
	runes := []rune(name)
	if len(runes) <= head+tail+1 {
		return name
	}
	return strings.TrimSpace(string(runes[:head])) + "…" + strings.TrimSpace(string(runes[len(runes)-tail:]))
}

func textsByID(reviews *splits.Examples) map[string]string {
	texts := make(map[string]string, len(reviews.Test))
	for _, r := range reviews.Test {
		texts[r.ID] = textOf("", r).String()
	}
	return texts
}

func examplesByID(reviews *splits.Examples) map[string]data.Example {
	examples := make(map[string]data.Example, len(reviews.Test))
	for _, e := range reviews.Test {
		examples[e.ID] = e
	}
	return examples
}

const (
	eachEnd   = 5   // examples of either end of the table of changed predictions
	quoteSize = 160 // characters of a text in that table
)

// Flips shows the test examples with a changed prediction as a table: first those whose class
// gained most probability, last those whose class lost most. It quotes the texts, except IMDB's.
func Flips(ctx context.Context, r *finetune.Run) (Figures, error) {
	report, reviews, err := reported(ctx, r)
	if err != nil {
		return Figures{}, err
	}
	return flips(report, reviews)
}

func flips(r *finetune.Report, reviews *splits.Examples) (Figures, error) {
	var f Figures
	c, classes := r.Comparison, r.Classes()
	f.note("%d of %d predictions changed: %d became right, %d became wrong%s.", len(c.Flips), c.Examples, c.Fixed, c.Broken, wrongToWrong(c))
	if len(c.Flips) == 0 {
		return f, nil
	}
	columns := []table.Column{{Name: "example"}, {Name: "class"}, {Name: "predicted before"}, {Name: "predicted after"},
		{Name: "probability of the class before", Format: "%.2f"}, {Name: "after", Format: "%.2f"}}
	quoted, texts := mayQuote(reviews), textsByID(reviews)
	if quoted {
		columns = append(columns, table.Column{Name: "beginning of the text"})
	}
	shown := slices.Concat(c.Flips[:min(eachEnd, len(c.Flips))], c.Flips[max(min(eachEnd, len(c.Flips)), len(c.Flips)-eachEnd):])
	caption := "Changed predictions"
	if len(shown) < len(c.Flips) {
		caption = fmt.Sprintf("Changed predictions: the %d with the largest gain of probability, and the %d with the largest loss", eachEnd, eachEnd)
	}
	t := table.New(caption, columns...)
	for _, flip := range shown {
		row := []any{flip.ID, classes[flip.Label], classes[flip.Before], classes[flip.After], flip.ProbabilityBefore, flip.ProbabilityAfter}
		if quoted {
			row = append(row, beginning(texts[flip.ID], quoteSize))
		}
		t.Add(row...)
	}
	f.Tables = append(f.Tables, t)
	return f, t.Err()
}

// wrongToWrong describes the predictions that changed from one wrong class to another.
func wrongToWrong(c *metrics.Comparison) string {
	if n := len(c.Flips) - c.Fixed - c.Broken; n > 0 {
		return fmt.Sprintf(", %d changed from one wrong class to another", n)
	}
	return ""
}

// beginning returns the beginning of a text on one line. It ends after a word, unless the word is
// longer than half of it.
func beginning(text string, characters int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= characters {
		return string(runes)
	}
	cut := characters
	for cut > 0 && runes[cut] != ' ' {
		cut--
	}
	if cut <= characters/2 {
		cut = characters
	}
	return string(runes[:cut]) + " …"
}
