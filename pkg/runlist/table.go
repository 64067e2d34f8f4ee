package runlist

import (
	"fmt"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/bytesize"
	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/table"
)

// mostColumns is the number of settings that have a column each; more share one column.
const mostColumns = 5

// String returns the tables of the groups as text, then the other folders.
func (l *List) String() string {
	var parts []string
	tables, err := l.Tables()
	if err != nil {
		return err.Error() + "\n"
	}
	for _, t := range tables {
		parts = append(parts, t.Text())
	}
	if len(l.Groups) == 0 {
		parts = append(parts, fmt.Sprintf("%s contains no runs that can be compared\n", l.Dir))
	}
	if notes := l.Notes(); len(notes) > 0 {
		parts = append(parts, strings.Join(notes, "\n")+"\n")
	}
	return strings.Join(parts, "\n")
}

// Notes describes the folders that the tables do not contain, one line each.
func (l *List) Notes() []string {
	var notes []string
	for _, o := range l.Others {
		notes = append(notes, fmt.Sprintf("not compared: %s: %s", o.Name, o.Reason))
	}
	return notes
}

// Tables returns a table for each group.
func (l *List) Tables() ([]*table.Table, error) {
	var tables []*table.Table
	for _, g := range l.Groups {
		t := g.table(l.captionOf(g))
		if err := t.Err(); err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	return tables, nil
}

// captionOf describes the test set of a group.
func (l *List) captionOf(g Group) string {
	caption := "Runs on " + g.Data
	if g.Test > 0 {
		caption += fmt.Sprintf(": %s test examples", numerals.Count(g.Test))
	} else {
		caption += ": all test examples"
	}
	switch {
	case g.Task == data.Regression:
		caption += " with a number; the mean absolute error, lower is better"
	case g.Classes > 0 && g.Task == data.MultiLabel:
		caption += fmt.Sprintf(" with any of %d classes", g.Classes)
	case g.Classes > 0 && g.Task == data.TokenClassification:
		caption += fmt.Sprintf(" with %d %s of entities", g.Classes, map[bool]string{true: "type", false: "types"}[g.Classes == 1])
	case g.Classes > 0:
		caption += fmt.Sprintf(" of %d classes", g.Classes)
	}
	if len(l.Groups) > 1 {
		what := "accuracies"
		if g.Metric != Accuracy {
			what = "results of another task, or"
		}
		caption += fmt.Sprintf(" (test set %s; %s on another test set cannot be compared)", g.TestSet, what)
	}
	return caption
}

// table returns the group as a table. It has a column for the state if a run is not complete.
func (g Group) table(caption string) *table.Table {
	columns := []table.Column{{Name: "run"}}
	stated := slices.ContainsFunc(g.Runs, func(r Run) bool { return r.State != Complete })
	if stated {
		columns = append(columns, table.Column{Name: "state"})
	}
	columns = append(columns, g.Metric.columns()...)
	shared := len(g.Settings) > mostColumns
	if shared {
		var usual []string
		for _, s := range g.Settings {
			if !zero(s.Usual) {
				usual = append(usual, s.Name+"="+s.Usual)
			}
		}
		caption += ". Settings unless stated: " + strings.Join(usual, " ")
	} else {
		for _, s := range g.Settings {
			columns = append(columns, table.Column{Name: s.columnName(columns)})
		}
	}
	columns = append(columns, table.Column{Name: "parameters that learn", Format: "%,d"}, table.Column{Name: "training", Unit: "min", Format: "%.1f"},
		table.Column{Name: "peak memory", Unit: "GB", Format: "%.1f"}, table.Column{Name: "size", Unit: "kB", Format: "%,.0f"})
	if shared {
		columns = append(columns, table.Column{Name: "other settings"})
	}
	t := table.New(caption, columns...)
	for _, r := range g.Runs {
		values := []any{r.Name}
		if stated {
			values = append(values, r.state())
		}
		values = append(values, r.After.cell(g.Test), r.Before.plain(g.Test))
		if !shared {
			for _, s := range g.Settings {
				values = append(values, r.value(s))
			}
		}
		var learn, minutes, memory, size any
		if r.Trainable > 0 {
			learn = r.Trainable
		}
		if r.Step > 0 {
			minutes = r.TrainingSeconds / 60
		}
		if r.AdapterBytes > 0 {
			size = bytesize.KB(r.AdapterBytes)
		}
		if r.PeakBytes > 0 {
			memory = float64(r.PeakBytes) / 1e9
		}
		values = append(values, learn, minutes, memory, size)
		if shared {
			values = append(values, g.unusual(r))
		}
		t.Add(values...)
	}
	return t
}

// columnName is the setting's name, or its path if another column has that name.
func (s Setting) columnName(columns []table.Column) string {
	for _, c := range columns {
		if c.Name == s.Name {
			return s.Path
		}
	}
	return s.Name
}

// shown is a value as text.
func shown(value string) string {
	if value == "" {
		return "unset"
	}
	return value
}

// value returns a run's value of a setting for a table; "–" if the setting does not apply.
func (r Run) value(s Setting) any {
	value, ok := r.settings[s.Path]
	if !ok && strings.HasPrefix(s.Path, adapterPrefix) && !r.hasAdapter() {
		return "–"
	}
	var number float64
	if n, err := fmt.Sscanf(value+" end", "%g end", &number); err == nil && n == 1 {
		return table.Number{Value: number, Text: value}
	}
	return shown(value)
}

// unusual lists the settings in which the run differs from the usual ones.
func (g Group) unusual(r Run) string {
	var parts []string
	for _, s := range g.Settings {
		value, ok := r.settings[s.Path]
		if !ok && strings.HasPrefix(s.Path, adapterPrefix) && !r.hasAdapter() {
			continue
		}
		if value != s.Usual && !(zero(value) && zero(s.Usual)) {
			parts = append(parts, s.Name+"="+shown(value))
		}
	}
	return strings.Join(parts, " ")
}

// state describes how far the run is.
func (r Run) state() string {
	switch {
	case r.State == Complete:
		return "complete"
	case r.Writer != "" && r.Step > 0:
		return "running, " + r.position()
	case r.Writer != "":
		return "running"
	case r.State == Trained:
		return "trained, not evaluated"
	case r.State == Stopped && r.LastWriter != "":
		return fmt.Sprintf("at %s, written by %s", r.position(), r.LastWriter)
	case r.State == Stopped:
		return "stopped at " + r.position()
	case r.State == Baseline:
		return "baseline only"
	}
	return "no results yet"
}

// position is the step of the training.
func (r Run) position() string {
	if r.Steps == 0 {
		return fmt.Sprintf("step %d", r.Step)
	}
	return fmt.Sprintf("step %d of %d", r.Step, r.Steps)
}
