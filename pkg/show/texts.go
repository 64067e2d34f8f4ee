package show

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lorabook/lorabook/pkg/finetune"
)

// Text is a text with a name for it.
type Text struct {
	Name, Text string
}

// String is the beginning of the text, with its name.
func (t Text) String() string { return beginning(t.Text, quoteSize) + "  (" + t.Name + ")" }

// ours are the sentences that stand for IMDB's reviews, which belong to their authors.
var ours = []Text{
	{"praise", "I went in expecting little and came out wanting to call everyone I know."},
	{"irony", "The best thing about it is that it ends."},
	{"blame", "Not the disaster that people say, and not a film I would ever see again."},
}

// imdb is the name of IMDB's data set, in whatever form it was read.
const imdb = "imdb"

// quotes tells whether the texts of the examples are shown: those of IMDB are not.
func quotes(reviews *finetune.Reviews) bool { return reviews.Name != imdb }

// Examples are texts to try a classifier on: the first test example of each of the first
// three classes, or, where the data are IMDB's, sentences of this module's own.
func Examples(reviews *finetune.Reviews) []Text {
	if !quotes(reviews) {
		return slices.Clone(ours)
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

// Turned are three examples whose answer changed, or fewer: two whose class gained most
// probability and one whose class lost most. Where no answer changed, or the data are
// IMDB's, it returns [Examples].
func Turned(r *finetune.Report, reviews *finetune.Reviews) []Text {
	flips := r.Comparison.Flips
	if !quotes(reviews) || len(flips) == 0 {
		return Examples(reviews)
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

// brief is a name for a heading that holds other text too: a long one keeps its
// beginning and its end.
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
	eachEnd   = 5   // examples of either end of the list of answers that turned
	quoteSize = 110 // letters of a text in that list
	nameSize  = 24  // letters of a column of names, at most
)

// Flips lists the examples whose answer changed: first those whose class gained most
// probability, last those whose class lost most. The texts are those of the data, unless
// they are IMDB's.
func Flips(r *finetune.Report, reviews *finetune.Reviews) Figures {
	var f Figures
	flips, classes := r.Comparison.Flips, r.Classes()
	f.note("%d of %d answers turned", len(flips), r.Comparison.Examples)
	texts := map[string]string{}
	if quotes(reviews) {
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
		f.note("%-*s is %-*s  answered %-*s before, %-*s after; probability of the right class %.2f before, %.2f after", ids, flip.ID, names, classes[flip.Label],
			names, classes[flip.Before], names, classes[flip.After], flip.ProbabilityBefore, flip.ProbabilityAfter)
		if text := texts[flip.ID]; text != "" {
			f.note("   %s", beginning(text, quoteSize))
		}
	}
	return f
}

// beginning is the beginning of a text on one line.
func beginning(text string, letters int) string {
	runes := []rune(strings.Join(strings.Fields(text), " "))
	if len(runes) <= letters {
		return string(runes)
	}
	return string(runes[:letters]) + " …"
}
