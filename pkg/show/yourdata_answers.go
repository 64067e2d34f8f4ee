package show

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/datareport"
	"github.com/lorabook/lorabook/pkg/table"
)

// mostBars is the number of classes that a chart of their sizes has room for.
const mostBars = 12

// Answers shows the labels of the examples: the classes with their indices and numbers of
// examples, as a chart and a table, or a histogram of numbers. It also shows the division of the
// examples.
func (d *DataReport) Answers(ctx context.Context) (Figures, error) {
	var f Figures
	r, err := d.read(ctx)
	if err != nil {
		return f, err
	}
	if !r.Labelled() {
		f.note("There are no labels: these texts can serve for pre-training (go doc github.com/lorabook/lorabook/pkg/pretrain), and not for the notebooks 01 to 05.")
		return f, nil
	}
	if r.Drawn != nil {
		f.note("drawn for the notebooks 01 to 04: %s", inHalves(r.DrawnHalves()))
		for _, n := range r.Drawn.Notes[len(r.Set.Notes):] {
			f.note("%s", n)
		}
	}
	if r.DrawError != nil {
		f.note("warning: the examples cannot be divided: %v", named(r.DrawError))
	}
	if r.Task == data.Regression {
		return f, f.values(r)
	}
	if tags := r.Tags(); tags != nil {
		return f, f.entities(tags, r.Drawn != nil)
	}
	if n := r.Unanswered(); n > 0 {
		f.note("%s examples have no class, which is an answer too.", numerals.Count(n))
	}
	classes := r.Classes()
	return f, f.classes(classes, r.Drawn != nil, countNames{fmt.Sprintf("The %d classes, and their examples in the source and drawn", len(classes)), "class", "examples"})
}

// entities appends what is counted in words with tags.
func (f *Figures) entities(t *datareport.Tags, drawn bool) error {
	f.note("%s sentences with %s words: %.1f words per sentence, at most %d. %.1f %% of the words are in no entity (O).",
		numerals.Count(t.Sentences), numerals.Count(t.Words), t.WordsPerSentence(), t.Longest, 100*t.OutsideShare())
	if len(t.Types) == 0 {
		f.note("warning: no word is in an entity: there is nothing to learn.")
		return nil
	}
	return f.classes(t.Types, drawn, countNames{fmt.Sprintf("The %d types of entities, and their numbers in the source and drawn", len(t.Types)), "type", "entities"})
}

// countNames are the caption of a table of counts, and the names of its rows and of the counted things.
type countNames struct{ caption, row, counted string }

// classes appends the table of the classes, and a chart if they are few.
func (f *Figures) classes(classes []datareport.Class, drawn bool, names countNames) error {
	columns := []table.Column{{Name: names.row}, {Name: "index"}, {Name: names.counted}}
	if names.row == "type" { // which has two tags or more, each with an index
		columns = slices.Delete(columns, 1, 2)
	}
	if drawn {
		columns = append(columns, table.Column{Name: "train"}, table.Column{Name: "validation"}, table.Column{Name: "test"})
	}
	t := table.New(names.caption, columns...)
	for _, c := range classes {
		row := []any{c.Name, c.Index, c.Source}
		if names.row == "type" {
			row = []any{c.Name, c.Source}
		}
		if drawn {
			row = append(row, c.Drawn[0], c.Drawn[1], c.Drawn[2])
		}
		t.Add(row...)
	}
	if err := f.table(t); err != nil || len(classes) > mostBars {
		return err
	}
	groups, counts := make([]string, len(classes)), make([][]float64, 4)
	for i, c := range classes {
		groups[i] = c.Name
		for half, n := range []int{c.Drawn[0], c.Drawn[1], c.Drawn[2], c.Source} {
			counts[half] = append(counts[half], float64(n))
		}
	}
	series := []chart.BarSeries{{Name: "train", Values: counts[0]}, {Name: "validation", Values: counts[1]}, {Name: "test", Values: counts[2]}}
	if !drawn {
		series = []chart.BarSeries{{Name: names.counted, Values: counts[3]}}
	}
	return f.add(chart.Bars(chart.Labels{Title: strings.ToUpper(names.counted[:1]) + names.counted[1:] + " of each " + names.row, Takeaway: balance(classes, names), Y: names.counted}, groups, series...))
}

// balance compares the largest class with the smallest.
func balance(classes []datareport.Class, names countNames) string {
	bySize := func(a, b datareport.Class) int { return a.Source - b.Source }
	most, least := slices.MaxFunc(classes, bySize), slices.MinFunc(classes, bySize)
	if most.Source == least.Source {
		if len(classes) == 1 {
			return ""
		}
		return "All are equally frequent in the source."
	}
	if least.Source == 0 {
		return fmt.Sprintf("%q has no example.", least.Name)
	}
	return fmt.Sprintf("%q is the most frequent %s of the source, with %.1f times the %s of %q.", most.Name, names.row, float64(most.Source)/float64(least.Source), names.counted, least.Name)
}

// values appends a histogram of the numbers.
func (f *Figures) values(r *datareport.Report) error {
	values := slices.Sorted(slices.Values(r.Values()))
	mean := 0.0
	for _, v := range values {
		mean += v / float64(len(values))
	}
	low, high := values[0], values[len(values)-1]
	name := r.Set.Labels[0]
	f.Notes = append(f.Notes, adviceOnNumbers(values)...)
	return f.add(chart.Histogram(chart.Labels{
		Title:    "Values of " + name,
		Takeaway: fmt.Sprintf("They are between %s and %s, with the mean %s.", numerals.Number(low, 4), numerals.Number(high, 4), numerals.Number(mean, 4)),
		X:        name, Y: "examples",
	}, values, chart.Mark{At: mean, Name: "mean"}))
}
