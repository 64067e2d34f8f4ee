package show

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/metrics"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/table"
)

// Text is a text with a name, or a pair of texts.
type Text struct {
	Name, Text string
	Pair       string // the second text of a pair
	Class      string // of several labels, the class whose words are marked; "": the most probable one

	split string // the words of a sentence of tags, separated by wordMark; "" of others
	right string // the sentence with the marked entities of the data; "" if they are not known
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

// examples returns texts to try a model on: the first test example of each of the first three
// classes, or of a regression those with the lowest, the middle and the highest value. For IMDB, it
// returns sentences written for this module instead.
func examples(task data.Task, reviews *splits.Examples) []Text {
	if !mayQuote(reviews) {
		return slices.Clone(ownTexts)
	}
	var out []Text
	if task == data.Regression {
		sorted := slices.SortedStableFunc(slices.Values(reviews.Test), func(a, b data.Example) int { return cmp.Compare(a.Value, b.Value) })
		n := len(sorted)
		for _, at := range slices.Compact([]int{0, n / 2, max(0, n-1)}) {
			if at < n {
				out = append(out, textOf(headingOf(task, reviews, sorted[at]), sorted[at]))
			}
		}
		return out
	}
	for class := range min(3, len(reviews.Labels)) {
		for _, r := range reviews.Test {
			if task == data.MultiLabel && slices.Contains(r.Labels, class) || task != data.MultiLabel && r.Label == class {
				t := textOf(headingOf(task, reviews, r), r)
				if task == data.MultiLabel {
					t.Class = reviews.Labels[class]
				}
				if !slices.Contains(out, t) {
					out = append(out, t)
				}
				break
			}
		}
	}
	return out
}

// named3 names an example with its right answer, for a heading.
func headingOf(task data.Task, reviews *splits.Examples, e data.Example) string {
	return fmt.Sprintf("%s is %s", brief(e.ID), brief(rightAnswer(task, reviews.Labels, e)))
}

// rightAnswer is the right answer of an example as text.
func rightAnswer(task data.Task, classes []string, e data.Example) string {
	switch task {
	case data.MultiLabel:
		return classList(classes, e.Labels)
	case data.Regression:
		return numerals.Number(e.Value, 4)
	case data.TokenClassification:
		return entityTypes(classes, e)
	}
	return classes[e.Label]
}

// classList names classes by their numbers.
func classList(classes []string, chosen []int) string {
	if len(chosen) == 0 {
		return "none"
	}
	var names []string
	for _, class := range chosen {
		names = append(names, classes[class])
	}
	return strings.Join(names, ", ")
}

// Flipped returns up to three test examples with a changed prediction: two that gained most and one
// that lost most. They are those with the largest gain and loss of the probability of their class,
// of several labels of right decisions, of sentences of right tags, of a regression the answers that came nearest to the value
// and the one that went farthest away. If no prediction changed, it returns other test examples; for
// IMDB, sentences written for this module.
func Flipped(ctx context.Context, r *finetune.Run) ([]Text, error) {
	if r.Experiment.Task == data.Regression {
		moves, reviews, err := moved(ctx, r)
		if err != nil {
			return nil, err
		}
		return movedTexts(moves, reviews), nil
	}
	report, reviews, err := reported(ctx, r)
	if err != nil {
		return nil, err
	}
	return flipped(report, reviews), nil
}

// reported returns the report of a run and its examples.
func reported(ctx context.Context, r *finetune.Run) (*finetune.Report, *splits.Examples, error) {
	if err := checkTask(r.Experiment.Task); err != nil {
		return nil, nil, err
	}
	report, err := r.Report(ctx)
	if err != nil {
		return nil, nil, err
	}
	reviews, err := r.Examples(ctx)
	return report, reviews, err
}

// endsOf returns the first two and the last of a list.
func endsOf[T any](list []T) []T {
	if len(list) <= 3 {
		return list
	}
	return []T{list[0], list[1], list[len(list)-1]}
}

func flipped(r *finetune.Report, reviews *splits.Examples) []Text {
	switch {
	case r.MultiLabel != nil:
		return severalFlipped(r, reviews)
	case r.Tags != nil:
		return tagTexts(r, reviews)
	}
	flips := r.Comparison.Flips
	if !mayQuote(reviews) || len(flips) == 0 {
		return examples(data.SingleLabel, reviews)
	}
	var out []Text
	for _, f := range endsOf(flips) {
		name := fmt.Sprintf("%s is %s: %s before, %s after", brief(f.ID), brief(r.Classes()[f.Label]), probability(f.ProbabilityBefore), probability(f.ProbabilityAfter))
		out = append(out, textOf(name, examplesByID(reviews)[f.ID]))
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

// Flips shows the test examples with a changed prediction as a table: first those that gained
// most, last those that lost most, as [Flipped] orders them. Of a regression these are the answers
// whose error changed most, and of tags of words the sentences, with the entities in brackets. It quotes the texts, of a pair both, except IMDB's.
func Flips(ctx context.Context, r *finetune.Run) (Figures, error) {
	if r.Experiment.Task == data.Regression {
		moves, reviews, err := moved(ctx, r)
		if err != nil {
			return Figures{}, err
		}
		return moveTable(moves, reviews)
	}
	report, reviews, err := reported(ctx, r)
	if err != nil {
		return Figures{}, err
	}
	return flips(report, reviews)
}

// bothEnds returns the first and the last of a list of changes, and the caption of their table.
func bothEnds[T any](list []T, caption, first, last string) ([]T, string) {
	shown := slices.Concat(list[:min(eachEnd, len(list))], list[max(min(eachEnd, len(list)), len(list)-eachEnd):])
	if len(shown) < len(list) {
		caption = sayf("%s: the %d with %s, and the %d with %s", caption, eachEnd, first, eachEnd, last)
	}
	return shown, caption
}

// textColumns are the columns of quoted texts: none where they may not be quoted.
func textColumns(reviews *splits.Examples) []table.Column {
	switch {
	case !mayQuote(reviews):
		return nil
	case encoding.HasPairs(reviews.Test):
		return []table.Column{{Name: "beginnings of both texts"}}
	}
	return []table.Column{{Name: "beginning of the text"}}
}

// textCells are the cells of an example in the columns of textColumns.
func textCells(columns []table.Column, e data.Example, characters int) []any {
	if len(columns) == 0 {
		return nil
	}
	return []any{beginnings(e, characters)}
}

// beginnings returns the beginning of a text, or of both texts of a pair, with a limit of characters.
func beginnings(e data.Example, characters int) string {
	if e.TextPair == "" {
		return beginning(e.Text, characters)
	}
	return beginning(e.Text, characters/2) + " " + separator + " " + beginning(e.TextPair, characters/2)
}

func flips(r *finetune.Report, reviews *splits.Examples) (Figures, error) {
	switch {
	case r.MultiLabel != nil:
		return severalFlips(r, reviews)
	case r.Tags != nil:
		return tagFlips(r, reviews)
	}
	var f Figures
	c, classes := r.Comparison, r.Classes()
	f.note("%d of %d predictions changed: %d became right, %d became wrong%s.", len(c.Flips), c.Examples, c.Fixed, c.Broken, wrongToWrong(c))
	if len(c.Flips) == 0 {
		return f, nil
	}
	quoted, byID := textColumns(reviews), examplesByID(reviews)
	columns := append([]table.Column{{Name: "example"}, {Name: "class"}, {Name: "predicted before"}, {Name: "predicted after"},
		{Name: "probability of the class before"}, {Name: "after"}}, quoted...)
	shown, caption := bothEnds(c.Flips, "Changed predictions", gains(c.Flips), losses(c.Flips))
	t := table.New(caption, columns...)
	for _, flip := range shown {
		row := []any{flip.ID, classes[flip.Label], classes[flip.Before], classes[flip.After], probabilityCell(flip.ProbabilityBefore), probabilityCell(flip.ProbabilityAfter)}
		t.Add(append(row, textCells(quoted, byID[flip.ID], quoteSize)...)...)
	}
	f.Tables = append(f.Tables, t)
	return f, t.Err()
}

// gains describes the first examples of a list that begins with the largest gain of probability.
func gains(flips []metrics.Flip) string {
	if f := flips[min(eachEnd, len(flips))-1]; f.ProbabilityAfter < f.ProbabilityBefore {
		return "the largest gain of probability, or the smallest loss"
	}
	return "the largest gain of probability"
}

// losses describes the last examples of the list. With several classes, a prediction can change
// from one wrong class to another while the right class gains.
func losses(flips []metrics.Flip) string {
	end := flips[max(0, len(flips)-eachEnd):]
	gained := func(f metrics.Flip) bool { return f.ProbabilityAfter > f.ProbabilityBefore }
	switch {
	case gained(end[len(end)-1]):
		return "the smallest gain"
	case gained(end[0]):
		return "the smallest gain, or the largest loss"
	}
	return "the largest loss"
}

// wrongToWrong describes the predictions that changed from one wrong class to another.
func wrongToWrong(c *metrics.Comparison) string {
	if n := len(c.Flips) - c.Fixed - c.Broken; n > 0 {
		return sayf(", %d changed from one wrong class to another", n)
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
