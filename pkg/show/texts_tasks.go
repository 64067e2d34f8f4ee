package show

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/table"
)

// severalFlipped is flipped for several labels. The words are those of a class that changed.
func severalFlipped(r *finetune.Report, reviews *splits.Examples) []Text {
	flips := r.MultiLabel.Comparison.Flips
	if !mayQuote(reviews) || len(flips) == 0 {
		return examples(data.MultiLabel, reviews)
	}
	var out []Text
	byID, classes := examplesByID(reviews), r.Classes()
	for _, f := range endsOf(flips) {
		t := textOf(fmt.Sprintf("%s is %s; before %s", brief(f.ID), brief(classList(classes, f.Labels)), brief(classList(classes, f.Before))), byID[f.ID])
		for class, name := range classes {
			if slices.Contains(f.Before, class) != slices.Contains(f.After, class) {
				t.Class = name
				break
			}
		}
		out = append(out, t)
	}
	return out
}

// severalFlips is flips for several labels.
func severalFlips(r *finetune.Report, reviews *splits.Examples) (Figures, error) {
	var f Figures
	c, classes := r.MultiLabel.Comparison, r.Classes()
	f.note("The classes of %d of %d examples changed: %d decisions about a class became right, %d became wrong.", len(c.Flips), c.Examples, c.Fixed, c.Broken)
	if len(c.Flips) == 0 {
		return f, nil
	}
	quoted, byID := textColumns(reviews), examplesByID(reviews)
	shown, caption := bothEnds(c.Flips, "Changed predictions", "the largest gain of right decisions", "the smallest gain, or the largest loss")
	t := table.New(caption, append([]table.Column{{Name: "example"}, {Name: "classes"}, {Name: "predicted before"}, {Name: "predicted after"}, {Name: "right decisions, change"}}, quoted...)...)
	for _, flip := range shown {
		change := flip.Change()
		row := []any{flip.ID, classList(classes, flip.Labels), classList(classes, flip.Before), classList(classes, flip.After), table.Number{Value: float64(change), Text: fmt.Sprintf("%+d", change)}}
		t.Add(append(row, textCells(quoted, byID[flip.ID], quoteSize)...)...)
	}
	f.Tables = append(f.Tables, t)
	return f, t.Err()
}

// move is an example of a regression with the answers before and after.
type move struct {
	data.Example
	before, after float64
}

// gain is the decrease of the absolute error.
func (m move) gain() float64 { return abs(m.before-m.Value) - abs(m.after-m.Value) }

// moved returns the test examples of a regression, those with the largest gain first.
func moved(ctx context.Context, r *finetune.Run) ([]move, *splits.Examples, error) {
	before, after, err := both(ctx, r, r.Folder.ReadRegressionPredictions)
	if err != nil {
		return nil, nil, err
	}
	reviews, err := r.Examples(ctx)
	if err != nil {
		return nil, nil, err
	}
	byID, old := examplesByID(reviews), map[string]float64{}
	for i, id := range before.IDs {
		old[id] = before.Answers[i]
	}
	var moves []move
	for i, id := range after.IDs {
		e := byID[id]
		e.ID, e.Value = id, after.Values[i]
		moves = append(moves, move{e, old[id], after.Answers[i]})
	}
	slices.SortStableFunc(moves, func(a, b move) int { return cmp.Compare(b.gain(), a.gain()) })
	return moves, reviews, nil
}

func movedTexts(moves []move, reviews *splits.Examples) []Text {
	if !mayQuote(reviews) || len(moves) == 0 {
		return examples(data.Regression, reviews)
	}
	var out []Text
	for _, m := range endsOf(moves) {
		out = append(out, textOf(fmt.Sprintf("%s is %s: %s before, %s after", brief(m.ID), numerals.Number(m.Value, 4), numerals.Number(m.before, 3), numerals.Number(m.after, 3)), m.Example))
	}
	return out
}

// moveTable shows the answers of a regression whose errors changed most.
func moveTable(moves []move, reviews *splits.Examples) (Figures, error) {
	var f Figures
	nearer, farther := 0, 0
	for _, m := range moves {
		switch {
		case m.gain() > 0:
			nearer++
		case m.gain() < 0:
			farther++
		}
	}
	f.note("%d of %d answers %s nearer to the value after training, %d %s farther away.", nearer, len(moves), plural(nearer, "is", "are"), farther, plural(farther, "is", "are"))
	quoted := textColumns(reviews)
	shown, caption := bothEnds(moves, "Changed answers", "the largest decrease of the error", "the smallest decrease, or the largest increase")
	t := table.New(caption, append([]table.Column{{Name: "example"}, {Name: numberName(reviews.Labels)}, {Name: "answer before"}, {Name: "answer after"},
		{Name: "error before"}, {Name: "error after"}}, quoted...)...)
	for _, m := range shown {
		t.Add(append([]any{m.ID, numberCell(&m.Value, 4), numberCell(&m.before, 3), numberCell(&m.after, 3), signedCell(m.before-m.Value, 3), signedCell(m.after-m.Value, 3)}, textCells(quoted, m.Example, quoteSize)...)...)
	}
	f.Tables = append(f.Tables, t)
	return f, t.Err()
}
