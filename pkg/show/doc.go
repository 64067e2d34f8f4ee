// Package show displays the results of an experiment in a notebook's cell, as charts and
// text. It joins pkg/finetune, pkg/metrics and the run folder with pkg/chart.
//
//	run := show.Open("", experiment)
//	show.Display(show.Comparison(notebook.Context(), run))
//	show.Display(show.Ranking(notebook.Context(), run, "positive"))
//
// A function returns [Figures], and [Display] shows them below the cell. Functions of a
// *finetune.Run read the data or the run folder, and compute the results that the run folder
// does not hold yet. What they show follows the task of the run: one class per example, several
// labels, a number, or a tag for each word. Another task is a *[TaskError].
//
// Charts name the classes by the data's labels. They draw up to fifty classes; with more
// classes, each chart documents which ones it draws.
package show

import (
	"fmt"
	"io"
	"os"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/table"
)

// Figures are charts, tables and notes for a notebook's cell.
type Figures struct {
	Charts  []chart.Chart
	Tables  []*table.Table  // shown before the charts
	Sliders []*table.Slider // shown before the charts
	Notes   []string        // a line or more each, printed before the tables
}

// Display prints the notes and shows the tables and the charts below the notebook's cell.
// Outside a notebook, tables and charts are printed as text. An error ends the cell (see
// [notebook.Check]).
func Display(f Figures, err error) {
	notebook.Check(err)
	notebook.Check(f.display())
}

// display is Display for a caller that handles the error.
func (f Figures) display() error {
	return f.write(os.Stdout, table.Show, table.ShowSlider, chart.Show)
}

func (f Figures) write(out io.Writer, showTable func(*table.Table) error, showSlider func(*table.Slider) error, show func(chart.Chart) error) error {
	for _, note := range f.Notes {
		if _, err := fmt.Fprintln(out, note); err != nil {
			return err
		}
	}
	for _, t := range f.Tables {
		if err := showTable(t); err != nil {
			return err
		}
	}
	for _, s := range f.Sliders {
		if err := showSlider(s); err != nil {
			return err
		}
	}
	for _, c := range f.Charts {
		if err := show(c); err != nil {
			return err
		}
	}
	return nil
}

// add appends a chart, or returns the error.
func (f *Figures) add(c chart.Chart, err error) error {
	if err == nil {
		f.Charts = append(f.Charts, c)
	}
	return err
}

func (f *Figures) note(format string, values ...any) {
	f.Notes = append(f.Notes, sayf(format, values...))
}

// one returns figures with one chart.
func one(c chart.Chart, err error) (Figures, error) {
	var f Figures
	err = f.add(c, err)
	return f, err
}
