package show

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/internal/bytesize"
	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/table"
)

// Modules lists the projections of a model's first layer and of its head, and the modules
// that its adapter trains.
func Modules(m *bert.Model, adapter *lora.Adapter) (Figures, error) {
	var f Figures
	f.note("%d layers of width %d; projections of the first layer and the head:", m.Config.NumHiddenLayers, m.Config.HiddenSize)
	const perLayer, ofHead = 6, 2
	modules := m.DenseModules()
	for i, module := range modules {
		if i < perLayer || i >= len(modules)-ofHead {
			f.note("   %s", module)
		}
	}
	report, err := adapter.Report()
	if err != nil {
		return f, err
	}
	f.note("\n%v", report)
	return f, f.table(trainableModules(&report))
}

// trainableModules is a table of the modules that an adapter trains, of many the first and the last ones.
func trainableModules(report *lora.Report) *table.Table {
	const eachEnd = 3
	all := report.Modules
	shown, which := all, fmt.Sprintf("the %d", len(all))
	if len(all) > 2*eachEnd {
		shown, which = slices.Concat(all[:eachEnd], all[len(all)-eachEnd:]), fmt.Sprintf("the first %d and the last %[1]d of %d", eachEnd, len(all))
	}
	t := table.New(sayf("Trainable modules, %s; the adapter's file has %s", which, bytesize.Text(report.Bytes)),
		table.Column{Name: "module"}, table.Column{Name: "rank"}, table.Column{Name: "parameters", Format: "%,d"}, table.Column{Name: "in the file, bytes", Format: "%,d"})
	for _, m := range shown {
		var rank any // of a module that is trained as a whole there is none
		if m.Rank > 0 {
			rank = m.Rank
		}
		t.Add(m.Module, rank, m.Parameters, m.Bytes)
	}
	return t
}

// AdapterSizes compares the sizes of adapters.
type AdapterSizes struct {
	names     []string
	kilobytes []float64
	model     int64 // bytes of the frozen weights
	notes     []string
	err       error // the first of Add
}

// Add adds an adapter, its classifier included. [AdapterSizes.Figures] returns its first
// error.
func (s *AdapterSizes) Add(name string, adapter *lora.Adapter) {
	report, err := adapter.Report()
	if err != nil {
		s.err = errors.Join(s.err, err)
		return
	}
	s.names = append(s.names, name)
	s.kilobytes = append(s.kilobytes, bytesize.KB(report.Bytes))
	s.model = 4 * int64(report.All-report.Trainable) // float32
	s.notes = append(s.notes, fmt.Sprintf("%-16s %s", name, report))
}

// Figures draws the sizes as bars.
func (s *AdapterSizes) Figures() (Figures, error) {
	if s.err != nil {
		return Figures{}, s.err
	}
	if len(s.names) == 0 {
		return Figures{}, errors.New("show: no adapter: expected at least one call of Add")
	}
	f := Figures{Notes: s.notes}
	err := f.add(chart.Bars(chart.Labels{
		Title:    "Size of the adapter's file",
		Takeaway: fmt.Sprintf("Between %s and %s kB; the weights of the model have %s.", numerals.Count(int(slices.Min(s.kilobytes))), numerals.Count(int(slices.Max(s.kilobytes))), bytesize.Text(s.model)),
		Y:        "kB",
	}, s.names, chart.BarSeries{Name: "float32", Values: s.kilobytes}))
	return f, err
}
