package show

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/datareport"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/table"
)

// DataReport describes the data that a notebook's parameters name, before a training. Its methods
// read the data when they are called first.
type DataReport struct {
	settings notebook.Settings
	report   *datareport.Report
	lengths  *datareport.Lengths
}

// YourData returns the report on the data that a notebook's parameters name. An empty task is
// found in the labels.
func YourData(s notebook.Settings) *DataReport { return &DataReport{settings: s} }

// read reads the data once.
func (d *DataReport) read(ctx context.Context) (*datareport.Report, error) {
	if d.report != nil {
		return d.report, nil
	}
	if err := d.settings.Validate(); err != nil {
		return nil, err
	}
	r, err := datareport.Read(ctx, datareport.Options{Data: dataOf(d.settings), Task: data.Task(d.settings.Task), Seed: int64(d.settings.Seed)})
	if err != nil {
		return nil, dataError(d.settings.Data, err)
	}
	d.report = r
	return r, nil
}

// dataError says what to do about data that cannot be read.
func dataError(source string, err error) error {
	hint := ""
	if errors.Is(err, fs.ErrNotExist) || strings.Contains(err.Error(), "no such file") {
		hint = "\nPaths are relative to the folder of this notebook; -p data=$PWD/FILE names a file in the folder of the terminal."
	}
	return fmt.Errorf("data=%s cannot be read: %w%s", source, err, hint)
}

// Columns lists the columns of the data with the use that is made of them, the task that the
// labels look like, and the notes and warnings of the reader.
func (d *DataReport) Columns(ctx context.Context) (Figures, error) {
	var f Figures
	r, err := d.read(ctx)
	if err != nil {
		return f, err
	}
	f.note("%s: %s", r.Options.Data.Source, inHalves(r.Halves()))
	if r.Labelled() {
		f.note("task: %s, because %s", r.Task, r.Why)
	} else {
		f.note("no labels: %s", r.Why)
	}
	for _, n := range r.Set.Notes {
		f.note("%s", n)
	}
	for _, w := range r.Set.Warnings {
		f.note("warning: %s", w)
	}
	if len(r.Columns) > 0 {
		if err := f.table(columnsTable(r)); err != nil {
			return f, err
		}
	}
	if r.Bad == nil {
		return f, nil
	}
	f.note("%s of %s rows cannot be used: the notebooks 01 to 05 stop at them, and -p badRows=skip leaves them out.",
		numerals.Count(r.Bad.Count), numerals.Count(r.Bad.Rows))
	bad := table.New(fmt.Sprintf("Rows that cannot be used (%d of %d)", len(r.Bad.First), r.Bad.Count), table.Column{Name: "file and line"}, table.Column{Name: "reason"})
	for _, e := range r.Bad.First {
		bad.Add(fmt.Sprintf("%s:%d", e.Path, e.Line), e.Err)
	}
	return f, f.table(bad)
}

// inHalves lists the numbers of examples.
func inHalves(halves []datareport.Half) string {
	var parts []string
	for _, h := range halves {
		parts = append(parts, fmt.Sprintf("%s %s", numerals.Count(len(h.Examples)), h.Name))
	}
	return strings.Join(parts, ", ") + " examples"
}

// table appends a table, or returns its error.
func (f *Figures) table(t *table.Table) error {
	f.Tables = append(f.Tables, t)
	return t.Err()
}

func columnsTable(r *datareport.Report) *table.Table {
	t := table.New(fmt.Sprintf("Columns, by the first %s rows", numerals.Count(r.Columns[0].Rows)), table.Column{Name: "column"}, table.Column{Name: "type"},
		table.Column{Name: "use"}, table.Column{Name: "empty", Unit: "%", Format: "%.1f"}, table.Column{Name: "values"})
	for _, c := range r.Columns {
		var empty any
		if c.Rows > 0 {
			empty = 100 * float64(c.Empty) / float64(c.Rows)
		}
		use := c.Role
		if use == "" {
			use = "not used"
		}
		t.Add(c.Name, c.Type, use, empty, sampleValues(r, c))
	}
	return t
}

// sampleValues lists a few different values of a column. IMDB's texts are not quoted.
func sampleValues(r *datareport.Report, c data.Column) string {
	if r.Set.Name == imdb && strings.Contains(c.Role, "text") {
		return ""
	}
	const characters, most, room = 32, 8, 100 // wider ones would be folded
	var list []string
	width := 0
	for _, v := range c.Values {
		if v = beginning(v, characters); slices.Contains(list, v) {
			continue
		}
		if width += len([]rune(v)) + 3; width > room || len(list) == most || len(list) == 3 && c.Role != "label" {
			list = append(list, "…")
			break
		}
		list = append(list, v)
	}
	return strings.Join(list, " · ")
}

// Examples lists a few examples with their answers. IMDB's texts are not quoted.
func (d *DataReport) Examples(ctx context.Context) (Figures, error) {
	var f Figures
	r, err := d.read(ctx)
	if err != nil {
		return f, err
	}
	if r.Set.Name == imdb {
		f.note("IMDB's reviews belong to their authors and are not quoted.")
		return f, nil
	}
	const most = 8
	if r.Task == data.TokenClassification {
		t := table.New("Some sentences, with their entities in brackets", table.Column{Name: "example"}, table.Column{Name: "words"}, table.Column{Name: "sentence"})
		for _, e := range r.Samples(most) {
			t.Add(e.ID, len(e.Words), markedTags(r.Set.Labels, e.Words, e.Tags))
		}
		return f, f.table(t)
	}
	columns := []table.Column{{Name: "example"}}
	if r.Labelled() {
		columns = append(columns, table.Column{Name: answerName(r)})
	}
	columns = append(columns, table.Column{Name: "text"})
	pairs := r.Pairs()
	if pairs {
		columns = append(columns, table.Column{Name: "second text"})
	}
	t := table.New("Some examples, as the model receives them before it splits them into word pieces", columns...)
	for _, e := range r.Samples(most) {
		row := []any{e.ID}
		if r.Labelled() {
			row = append(row, r.Answer(e))
		}
		row = append(row, e.Text)
		if pairs {
			row = append(row, e.TextPair)
		}
		t.Add(row...)
	}
	return f, f.table(t)
}

func answerName(r *datareport.Report) string {
	if r.Task == data.MultiLabel {
		return "classes"
	}
	if r.Task == data.Regression && len(r.Set.Labels) == 1 {
		return "value of " + r.Set.Labels[0]
	}
	return "class"
}

// Duplicates lists the examples that have a copy in the same half or in another one.
func (d *DataReport) Duplicates(ctx context.Context) (Figures, error) {
	var f Figures
	r, err := d.read(ctx)
	if err != nil {
		return f, err
	}
	found, err := r.Duplicates(ctx)
	if err != nil {
		return f, err
	}
	if len(found.Counts) == 0 {
		f.note("No example has an exact or near copy.")
		return f, nil
	}
	sizes := map[string]int{}
	for _, h := range r.Halves() {
		sizes[h.Name] = len(h.Examples)
	}
	t := table.New("Examples with a copy", table.Column{Name: "examples of"}, table.Column{Name: "have a copy in"},
		table.Column{Name: "identical"}, table.Column{Name: "same letters"}, table.Column{Name: "near"}, table.Column{Name: "share", Unit: "%", Format: "%.1f"}, table.Column{Name: "for example"})
	for _, c := range found.Counts {
		in := c.In
		if c.In == c.Part {
			in += ", earlier"
		}
		t.Add(c.Part, in, c.Exact, c.Letters, c.Near, 100*float64(c.Total())/float64(sizes[c.Part]), c.Examples[0].ID+" and "+c.Examples[0].Other)
	}
	switch n := found.Count("test", "train").Total(); {
	case n > 0:
		f.note("%s of %s test examples have a copy in the training half: the result on them shows memory. -p dropDuplicates=near leaves the copies out of training.",
			numerals.Count(n), numerals.Count(sizes["test"]))
	case sizes["test"] == 0 && r.Labelled():
		f.note("The test half is drawn so that copies of a text stay on one side.")
	}
	if found.Contradicting > 0 {
		f.note("%s examples have a copy with another answer, for example %v: no model can be right about both.", numerals.Count(found.Contradicting), found.Contradictions[0])
	}
	return f, f.table(t)
}
