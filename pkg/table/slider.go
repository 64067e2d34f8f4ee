package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/lorabook/lorabook/internal/cellscreen"
	"github.com/lorabook/lorabook/internal/printable"
	"github.com/lorabook/lorabook/internal/tablescript"
)

// Slider shows one of several tables, which a reader chooses with a slider. The tables differ
// only in the cells of their columns of numbers. It needs no kernel: a saved notebook that is
// trusted has the slider as well. A viewer that removes scripts shows the table of Start.
type Slider struct {
	Label     string   // names the quantity, as in "threshold"
	Positions []string // the values of the quantity
	Tables    []*Table // one for each position
	Start     int      // position at the beginning
}

// check refuses a slider that cannot be shown.
func (s *Slider) check() error {
	if s == nil {
		return errors.New("table: the slider is nil")
	}
	if len(s.Tables) == 0 || len(s.Tables) != len(s.Positions) || s.Start < 0 || s.Start >= len(s.Tables) {
		return fmt.Errorf("slider %q: found %d tables for %d positions and start %d, expected a table for each position and a start among them", s.Label, len(s.Tables), len(s.Positions), s.Start)
	}
	first := s.Tables[s.Start]
	for i, t := range s.Tables {
		if err := t.Err(); err != nil {
			return err
		}
		same := t.caption == first.caption && slices.Equal(t.columns, first.columns) && len(t.rows) == len(first.rows)
		for row := 0; same && row < len(t.rows); row++ {
			for column := range t.columns {
				same = same && t.isNumeric(column) == first.isNumeric(column) &&
					(t.isNumeric(column) || t.rows[row][column] == first.rows[row][column])
			}
		}
		if !same {
			return fmt.Errorf("slider %q: the tables of %s and %s differ in more than numbers, expected the same caption, columns, texts and number of rows", s.Label, s.Positions[i], s.Positions[s.Start])
		}
	}
	return nil
}

// Text returns the table of Start with its position, as text.
func (s *Slider) Text() string { return s.at().Text() }

// Markdown returns the table of Start with its position, as Markdown.
func (s *Slider) Markdown() string { return s.at().Markdown() }

// at is the table of Start, with its position in the caption.
func (s *Slider) at() *Table {
	t := *s.Tables[s.Start]
	t.caption = printable.Line(fmt.Sprintf("%s (%s %s)", t.caption, s.Label, s.Positions[s.Start]))
	return &t
}

// HTML returns the table of Start as a fragment for a page, and a script that adds the slider.
func (s *Slider) HTML() (string, error) {
	if err := s.check(); err != nil {
		return "", err
	}
	texts := make([][]string, len(s.Tables))
	for i, t := range s.Tables {
		texts[i] = t.numbers()
	}
	data, err := json.Marshal([]any{s.Positions, s.Start, texts})
	if err != nil {
		return "", err
	}
	t := s.Tables[s.Start]
	id := strings.Replace(t.id(), tablescript.TablePrefix, tablescript.SliderPrefix, 1)
	return fmt.Sprintf("<div id=\"%s\" class=\"lorabook-slider\" %s=\"%s\"><p><span>%s</span> <b>%s</b></p>%s<script>%s</script></div>\n",
		id, tablescript.SliderAttribute, html.EscapeString(string(data)), html.EscapeString(printable.Line(s.Label)), html.EscapeString(printable.Line(s.Positions[s.Start])),
		t.tableHTML(), tablescript.Slider(id)), nil
}

// numbers returns the texts of the cells that are no row headers, row by row.
func (t *Table) numbers() []string {
	var out []string
	for _, row := range t.rows {
		for i, c := range row {
			if !c.isRowHeader(i) {
				out = append(out, printable.Line(c.text))
			}
		}
	}
	return out
}

// ShowSlider displays the slider as [Show] displays a table.
func ShowSlider(s *Slider) error { return showSlider(s, os.Stdout) }

func showSlider(s *Slider, out io.Writer) error {
	text, err := s.HTML()
	if err != nil {
		return err
	}
	if !cellscreen.InNotebook() {
		_, err := io.WriteString(out, s.Text())
		return err
	}
	if err := cellscreen.Update(cellscreen.NewID(), map[protocol.MIMEType]any{
		protocol.MIMETextHTML: text, protocol.MIMETextMarkdown: s.Markdown(), protocol.MIMETextPlain: s.Text(),
	}, nil); err != nil {
		return fmt.Errorf("slider %q: %w", s.Label, err)
	}
	return cellscreen.Flush()
}
