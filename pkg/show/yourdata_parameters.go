package show

import (
	"context"
	"slices"
	"strconv"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/controls"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/datareport"
	"github.com/lorabook/lorabook/pkg/notebook"
)

// command runs the notebooks 01 to 04.
const command = "go run ./kernel run"

// Parameters describes the parameters for the notebooks 01 to 04 that fit the data.
func (d *DataReport) Parameters(ctx context.Context) (Figures, error) {
	var f Figures
	r, err := d.read(ctx)
	if err != nil {
		return f, err
	}
	l, err := d.encode(ctx)
	if err != nil {
		return f, err
	}
	if !r.Labelled() {
		f.note("Name the column of the labels, -p label=COLUMN, and run this notebook again.")
		return f, nil
	}
	s := r.Suggest(l)
	if r.Drawn != nil {
		f.note("The default sizes fit: %s.", inHalves(r.DrawnHalves()))
	}
	if s.All > 0 {
		f.note("More examples usually make a better model: -p train=-1 trains on all %s, and takes %.1f times as long.", numerals.Count(s.All), float64(s.All)/float64(len(r.Drawn.Train)))
	}
	if s.MaxLength > 0 {
		f.note("maxLength %d holds %.0f %% of the examples; the cost of a text grows with its length.", s.MaxLength, 100-100*l.Cut(s.MaxLength).LongShare())
	}
	if s.Truncation != "" {
		f.note("Many texts are longer than the model reads: truncation %s reads both ends of them; compare windows.", s.Truncation)
	}
	return f, nil
}

// Controls returns the parameters that fit the data, as controls with the command for the
// notebooks 01 to 04; without labels, with the command that names their column. An error ends the
// cell.
func (d *DataReport) Controls(ctx context.Context) *controls.Settings {
	r := notebook.Must(d.read(ctx))
	s := d.settings
	s.Dropout = notebook.DefaultDropout // the report has no such parameter
	if !r.Labelled() {
		s.Label = "COLUMN"
		return &controls.Settings{Command: command, Fixed: fixed(s), End: "notebooks/00-your-data.ipynb"}
	}
	return settingsControls(s, r, r.Suggest(notebook.Must(d.encode(ctx))))
}

// Controls shows a notebook's parameters as drop-downs and sliders that compose the command line,
// for the notebook with this path in the repository or for all, and the lines of Go for other
// values. It changes no parameter. An error ends the cell.
func Controls(s notebook.Settings, path string) {
	notebook.Check(s.Validate())
	c := settingsControls(s, nil, datareport.Suggestion{})
	c.End = path
	notebook.Check(controls.Show(c))
}

// settingsControls returns controls for the parameters of a user who begins, and the other
// parameters that differ from their defaults. r may be nil.
func settingsControls(s notebook.Settings, r *datareport.Report, better datareport.Suggestion) *controls.Settings {
	task := data.Task(s.Task)
	if r != nil {
		task = r.Task
	}
	if better.MaxLength > 0 {
		s.MaxLength = better.MaxLength
	}
	if better.Truncation != "" {
		s.Truncation = better.Truncation.String()
	}
	if better.SkipBadRows {
		s.BadRows = string(data.SkipBadRows)
	}
	if better.DropDuplicates && s.DropDuplicates == "" {
		s.DropDuplicates = "near"
	}
	c := &controls.Settings{Command: command, Fixed: fixed(s)}
	choice := func(name, value, usual string, values ...string) controls.Control {
		if value == "" {
			value = usual
		}
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
		return controls.Control{Name: name, Values: values, Start: slices.Index(values, value), Usual: usual, String: true}
	}
	slide := func(name string, value, usual float64, values ...float64) controls.Control {
		if !slices.Contains(values, value) {
			values = append(values, value)
			slices.Sort(values)
		}
		control := controls.Control{Name: name, Start: slices.Index(values, value), Usual: decimal(usual), Slider: true}
		for _, v := range values {
			control.Values = append(control.Values, decimal(v))
		}
		return control
	}
	tasks := choice("task", string(task), string(data.SingleLabel), string(data.SingleLabel), string(data.MultiLabel), string(data.Regression), string(data.TokenClassification))
	rank := slide("rank", orDefault(s.Rank, notebook.DefaultRank), notebook.DefaultRank, 1, 2, 4, 8, 16, 32, 64)
	rank.With = "method=lora"
	c.Controls = []controls.Control{
		tasks,
		choice("method", s.Method, "lora", "lora", "head", "full"),
		choice("truncation", s.Truncation, "head", notebook.Truncations...),
		choice("precision", s.Precision, "float32", "float32", "bfloat16"),
		rank,
		slide("maxLength", float64(orDefault(s.MaxLength, 256)), 256, 32, 64, 128, 256, 512),
		slide("learningRate", s.LearningRate, 0, 0, 0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01),
		slide("epochs", float64(s.Epochs), 0, 0, 1, 2, 3, 5, 10, 20),
	}
	for i := range c.Controls {
		if control := &c.Controls[i]; control.Slider && control.Usual == "0" {
			control.Label = control.Name + " (0: default)"
		}
	}
	return c
}

func orDefault[T int | float64](value, usual T) T {
	if value == 0 {
		return usual
	}
	return value
}

func decimal(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// fixed lists the parameters without a control that differ from their defaults.
func fixed(s notebook.Settings) (list []controls.Parameter) {
	for _, p := range []struct {
		name, value, usual string
	}{
		{"model", s.Model, "lorabook-tiny"}, {"data", s.Data, data.Sample},
		{"text", s.Text, ""}, {"textPair", s.TextPair, ""}, {"label", s.Label, ""}, {"split", s.Split, ""}, {"id", s.ID, ""},
		{"badRows", s.BadRows, "fail"}, {"delimiter", s.Delimiter, ""}, {"header", s.Header, ""}, {"quotes", s.Quotes, ""},
		{"encoding", s.Encoding, ""}, {"labelSeparator", s.LabelSeparator, ""}, {"dropDuplicates", s.DropDuplicates, ""},
		{"targets", s.Targets, notebook.DefaultTargets}, {"layers", s.Layers, ""}, {"prefixCache", s.PrefixCache, ""},
	} {
		if p.value != "" && p.value != p.usual {
			list = append(list, controls.Parameter{Name: p.name, Value: p.value, String: true})
		}
	}
	for _, p := range []struct {
		name         string
		value, usual float64
	}{
		{"train", float64(s.Train), 0}, {"validation", float64(s.Validation), 0}, {"test", float64(s.Test), 0}, {"testShare", s.TestShare, 0},
		{"seed", float64(s.Seed), 1}, {"batchSize", float64(s.BatchSize), 16}, {"evaluations", float64(s.Evaluations), 2}, {"alpha", s.Alpha, 0}, {"devices", float64(s.Devices), 1},
	} {
		if p.value != 0 && p.value != p.usual {
			list = append(list, controls.Parameter{Name: p.name, Value: decimal(p.value)})
		}
	}
	if s.Dropout != notebook.DefaultDropout {
		list = append(list, controls.Parameter{Name: "dropout", Value: decimal(s.Dropout)})
	}
	return list
}
