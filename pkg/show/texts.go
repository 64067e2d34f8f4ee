package show

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lorabook/lorabook/pkg/finetune"
)

// Text is a text with a name.
type Text struct {
	Name, Text string
}

// String returns the beginning of the text and its name.
func (t Text) String() string { return beginning(t.Text, quoteSize) + "  (" + t.Name + ")" }

// ownTexts replace IMDB's reviews, which belong to their authors.
var ownTexts = []Text{
	{"praise", "I went in expecting little and came out wanting to call everyone I know."},
	{"irony", "The best thing about it is that it ends."},
	{"blame", "Not the disaster that people say, and not a film I would ever see again."},
}

// imdb is the name of IMDB's data set, whichever files it was read from.
const imdb = "imdb"

// mayQuote reports whether the texts of the examples may be shown: those of IMDB may not.
func mayQuote(reviews *finetune.Reviews) bool { return reviews.Name != imdb }

// Examples returns texts to try a classifier on: the first test example of each of the first
// three classes. For IMDB, it returns sentences written for this module instead.
func Examples(ctx context.Context, r *finetune.Run) ([]Text, error) {
	reviews, err := r.Reviews(ctx)
	if err != nil {
		return nil, err
	}
	return examples(reviews), nil
}

func examples(reviews *finetune.Reviews) []Text {
	if !mayQuote(reviews) {
		return slices.Clone(ownTexts)
	}
	var out []Text
	for class := range min(3, len(reviews.Labels)) {
		for _, r := range reviews.Test {
			if r.Label == class {
				out = append(out, Text{fmt.Sprintf("%s is %s", brief(r.ID), brief(reviews.Labels[class])), r.Text})
				break
			}
		}
	}
	return out
}

// Flipped returns up to three test examples with a changed prediction: two whose class gained
// most probability and one whose class lost most. If no prediction changed, and for IMDB, it
// returns [Examples].
func Flipped(ctx context.Context, r *finetune.Run) ([]Text, error) {
	report, reviews, err := reported(ctx, r)
	if err != nil {
		return nil, err
	}
	return flipped(report, reviews), nil
}

// reported returns the report of a run and its examples.
func reported(ctx context.Context, r *finetune.Run) (*finetune.Report, *finetune.Reviews, error) {
	report, err := r.Report(ctx)
	if err != nil {
		return nil, nil, err
	}
	reviews, err := r.Reviews(ctx)
	return report, reviews, err
}

func flipped(r *finetune.Report, reviews *finetune.Reviews) []Text {
	flips := r.Comparison.Flips
	if !mayQuote(reviews) || len(flips) == 0 {
		return examples(reviews)
	}
	texts := textsByID(reviews)
	var out []Text
	for i, f := range flips {
		if i < 2 || i == len(flips)-1 {
			out = append(out, Text{fmt.Sprintf("%s is %s: %.2f before, %.2f after", brief(f.ID), brief(r.Classes()[f.Label]), f.ProbabilityBefore, f.ProbabilityAfter), texts[f.ID]})
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

func textsByID(reviews *finetune.Reviews) map[string]string {
	texts := make(map[string]string, len(reviews.Test))
	for _, r := range reviews.Test {
		texts[r.ID] = r.Text
	}
	return texts
}

const (
	eachEnd   = 5   // examples of either end of the list of changed predictions
	quoteSize = 110 // characters of a text in that list
	nameSize  = 24  // characters of a column of names, at most
)

// Flips lists the test examples with a changed prediction: first those whose class gained
// most probability, last those whose class lost most. It quotes the texts, except IMDB's.
func Flips(ctx context.Context, r *finetune.Run) (Figures, error) {
	report, reviews, err := reported(ctx, r)
	if err != nil {
		return Figures{}, err
	}
	return flips(report, reviews), nil
}

func flips(r *finetune.Report, reviews *finetune.Reviews) Figures {
	var f Figures
	flips, classes := r.Comparison.Flips, r.Classes()
	f.note("%d of %d predictions changed", len(flips), r.Comparison.Examples)
	texts := map[string]string{}
	if mayQuote(reviews) {
		texts = textsByID(reviews)
	}
	shown := slices.Concat(flips[:min(eachEnd, len(flips))], flips[max(min(eachEnd, len(flips)), len(flips)-eachEnd):])
	ids, names := 0, 0
	for _, flip := range shown {
		ids = min(nameSize, max(ids, utf8.RuneCountInString(flip.ID)))
		for _, class := range []int{flip.Label, flip.Before, flip.After} {
			names = min(nameSize, max(names, utf8.RuneCountInString(classes[class])))
		}
	}
	for _, flip := range shown {
		f.note("%-*s is %-*s  predicted %-*s before, %-*s after; probability of its class %.2f before, %.2f after", ids, flip.ID, names, classes[flip.Label],
			names, classes[flip.Before], names, classes[flip.After], flip.ProbabilityBefore, flip.ProbabilityAfter)
		if text := texts[flip.ID]; text != "" {
			f.note("   %s", beginning(text, quoteSize))
		}
	}
	return f
}

// beginning returns the beginning of a text on one line.
func beginning(text string, characters int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= characters {
		return string(runes)
	}
	return string(runes[:characters]) + " …"
}
