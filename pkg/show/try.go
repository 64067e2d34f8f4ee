package show

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/table"
)

// offered is the number of test examples that [Try] lists.
const offered = 100

// Try lists test examples in a table, and then classifies texts with the untrained and the
// trained model and draws the effect of each word as [Words] does. The reader types a text into
// the box below the cell, or the number of an example; an empty line ends the cell. The examples
// with a changed prediction come first. Of IMDB's examples, which belong to their authors, it
// lists none, but sentences written for this module.
//
// A cell with Try waits for its reader: tag it "skip-execution".
func Try(ctx context.Context, r *finetune.Run, positive string) error {
	if err := checkTask(r.Experiment.Task); err != nil {
		return err
	}
	t := trial{out: os.Stdout, positive: positive, display: Figures.display}
	var err error
	if t.labels, err = r.Labels(ctx); err != nil {
		return err
	}
	if t.untrained, err = r.Untrained(ctx); err != nil {
		return err
	}
	if t.trained, err = classify.Open(ctx, "", r.Folder.Dir(), classify.Options{MaxLength: r.Experiment.Data.MaxLength}); err != nil {
		return err
	}
	report, reviews, err := reported(ctx, r)
	if err != nil {
		return err
	}
	t.examples = offer(r.Experiment.Task, report, reviews)
	return t.run(ctx, func(ctx context.Context) (string, error) {
		question := "Your text, or the number of an example: "
		if t.hasPairs() {
			question = fmt.Sprintf("Your two texts with %q between them, or the number of an example: ", pairMark)
		}
		return notebook.Ask(ctx, question)
	})
}

// offer returns the examples that a reader can choose, those with a changed prediction first.
func offer(task data.Task, report *finetune.Report, reviews *splits.Examples) []Text {
	if !mayQuote(reviews) {
		return examples(task, reviews)
	}
	changed := map[string]bool{}
	switch {
	case report.MultiLabel != nil:
		for _, f := range report.MultiLabel.Comparison.Flips {
			changed[f.ID] = true
		}
	case report.Comparison != nil:
		for _, f := range report.Comparison.Flips {
			changed[f.ID] = true
		}
	case report.Tags != nil:
		for _, f := range report.Tags.Comparison.Flips {
			changed[f.ID] = true
		}
	}
	var first, rest []Text
	for _, example := range reviews.Test {
		text := textOf(headingOf(task, reviews, example), example)
		if task == data.TokenClassification {
			text = tagText(fmt.Sprintf("%s: %s", brief(example.ID), entityTypes(reviews.Labels, example)), reviews.Labels, example)
		}
		if changed[example.ID] {
			text.Name += ", prediction changed"
			first = append(first, text)
		} else {
			rest = append(rest, text)
		}
	}
	texts := append(first, rest...)
	return texts[:min(offered, len(texts))]
}

// trial answers texts.
type trial struct {
	out       io.Writer
	display   func(Figures) error
	untrained Explainer
	trained   Explainer
	labels    []string
	positive  string
	examples  []Text // by their number less 1
}

// pairMark separates the two texts of a pair that a reader types.
const pairMark = " | "

// hasPairs reports whether the examples are pairs of texts.
func (t trial) hasPairs() bool {
	return slices.ContainsFunc(t.examples, func(text Text) bool { return text.Pair != "" })
}

// run shows the examples and answers lines until an empty one. ask waits for a line.
func (t trial) run(ctx context.Context, ask func(context.Context) (string, error)) error {
	list := table.New("Examples to choose from", table.Column{Name: "number"}, table.Column{Name: "example"}, table.Column{Name: "text"})
	for i, text := range t.examples {
		list.Add(i+1, text.Name, text.String())
	}
	if err := t.display(Figures{Tables: []*table.Table{list}}); err != nil {
		return err
	}
	for {
		line, err := ask(ctx)
		if err != nil || line == "" {
			return err
		}
		text := Text{Name: "your text", Text: line}
		if t.hasPairs() {
			text.Text, text.Pair, _ = strings.Cut(line, pairMark)
		}
		if number, err := strconv.Atoi(line); err == nil {
			if number < 1 || number > len(t.examples) {
				if _, err := fmt.Fprintf(t.out, "There is no example %d: expected 1 to %d.\n", number, len(t.examples)); err != nil {
					return err
				}
				continue
			}
			text = t.examples[number-1]
		}
		err = t.answer(ctx, text)
		if bad := (*classify.TextError)(nil); errors.As(err, &bad) { // white space, or a pair without a first text
			_, err = fmt.Fprintf(t.out, "No prediction: %s.\n", bad.Reason)
		}
		if err != nil {
			return err
		}
	}
}

// answer shows what both models predict for a text, and its words.
func (t trial) answer(ctx context.Context, text Text) error {
	if taskOf(t.trained) == data.TokenClassification {
		return t.answerTags(ctx, text)
	}
	before, err := text.reply(ctx, t.untrained, t.labels)
	if err != nil {
		return err
	}
	after, err := text.reply(ctx, t.trained, t.labels)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(t.out, "%s\n   untrained: %s   trained: %s\n", text, before, after); err != nil {
		return err
	}
	f, err := Words(ctx, t.trained, "Effect of each word", t.labels, t.positive, text)
	if err != nil {
		return err
	}
	return t.display(f)
}

// answerTags shows the entities that both models find in a text.
func (t trial) answerTags(ctx context.Context, text Text) error {
	list := table.New("Entities in your text", table.Column{Name: "by"}, table.Column{Name: "entities"})
	if text.right != "" {
		list.Add("the data", text.right)
	}
	for _, m := range []struct {
		name string
		by   Explainer
	}{{"the untrained model", t.untrained}, {"the trained model", t.trained}} {
		answer, err := text.tagged(ctx, m.by)
		if err != nil {
			return err
		}
		list.Add(m.name, markedAnswer(answer))
	}
	return t.display(Figures{Tables: []*table.Table{list}})
}
