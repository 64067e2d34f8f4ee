// Package show turns the results of an experiment into charts and text for a
// notebook: it joins pkg/finetune, which measures, and pkg/chart, which draws. The
// classes have the names of the data, and may be two to fifty; with more, the charts
// show those that matter most.
//
// A function returns [Figures], and [Display] puts them below a notebook's cell:
//
//	report := ...
//	show.Display(show.Accuracy(report))
//	show.Display(show.Answers(report))
package show

import (
	"fmt"
	"io"
	"os"

	"github.com/lorabook/lorabook/pkg/chart"
)

// Figures are charts, and text that says what no chart shows.
type Figures struct {
	Charts []chart.Chart
	Notes  []string // a line or more each, printed before the charts
}

// Display prints the notes and shows the charts, in a notebook's cell or, outside one,
// in words. An error ends the program, as every error does in the notebooks' cells.
func Display(f Figures, err error) {
	if err == nil {
		err = f.write(os.Stdout, chart.Show)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (f Figures) write(out io.Writer, show func(chart.Chart) error) error {
	for _, note := range f.Notes {
		if _, err := fmt.Fprintln(out, note); err != nil {
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
	f.Notes = append(f.Notes, fmt.Sprintf(format, values...))
}

// one returns the figures of a single chart.
func one(c chart.Chart, err error) (Figures, error) {
	var f Figures
	err = f.add(c, err)
	return f, err
}
