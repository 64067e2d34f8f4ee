package show

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/lorabook/lorabook/internal/bytesize"
	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/study"
	"github.com/lorabook/lorabook/pkg/table"
)

// The defaults of the notebook of the variants.
const (
	variantsMaxLength = 128
	variantsEpochs    = 5
)

// VariantsExperiment returns the experiment that the variants of a notebook change, from its
// parameters: one evaluation an epoch, and the last checkpoint is kept, so that all variants
// train for the same number of steps. The variants set the method and the adapter. A parameter
// that cannot be used ends the cell (see [notebook.Check]).
func VariantsExperiment(s notebook.Settings) finetune.Experiment {
	return notebook.Must(variantsExperiment(s))
}

func variantsExperiment(s notebook.Settings) (finetune.Experiment, error) {
	e, err := experiment(s)
	e.Adapter = lora.Config{}
	e.Training.Evaluations, e.Training.MetricForBestModel = 1, objective.Last
	return e, err
}

// Study returns a study of variants of an experiment, with this number of seeds and with progress
// bars below the cell. Its run folders are in ../runs/variants-MODEL-DATA, where the settings of the
// experiment that differ from the notebook's defaults follow MODEL-DATA.
func Study(base finetune.Experiment, seeds int) study.Study {
	return notebook.Must(newStudy(base, seeds))
}

func newStudy(base finetune.Experiment, seeds int) (study.Study, error) {
	usual, err := variantsExperiment(notebook.Settings{Model: base.Model, Data: base.Data.Source, MaxLength: variantsMaxLength, Epochs: variantsEpochs})
	if err != nil {
		return study.Study{}, err
	}
	name, err := base.NameBeside(usual)
	return study.Study{Dir: runs + "variants-" + name, Base: base, Seeds: seeds, Options: finetune.Options{Progress: progress.New(os.Stdout)}}, err
}

// Variant shows the learning rates that were tried for a variant, with their validation losses,
// and the metric of its task. It takes the results of [study.Study.Run].
func Variant(r *study.Result, err error) (Figures, error) {
	if err != nil {
		return Figures{}, err
	}
	type try struct {
		Rate   float64      `table:"learning rate" format:"%g"`
		Loss   table.Number `table:"validation loss"`
		Chosen string       `table:"chosen"`
	}
	var tries []try
	for _, t := range r.Search.Tries {
		row := try{Rate: t.LearningRate, Loss: table.Number{Value: t.Loss, Text: fmt.Sprintf("%.3f", t.Loss)}}
		if math.IsInf(t.Loss, 1) {
			row.Loss.Text = "diverged"
		}
		if t.LearningRate == r.Search.Rate {
			row.Chosen = "lowest loss"
		}
		tries = append(tries, row)
	}
	f, err := Table(fmt.Sprintf("Learning rates of %s, each trained with the first seed", r.Variant.Name), tries)
	if r.Search.Bounded {
		f.note("the search ended after %d learning rates; a neighbour of the chosen one was not tried", study.MostTries)
	}
	f.note("%s", meanScore(r))
	return f, err
}

// units are how a metric is shown.
type units struct {
	study.Metric
	factor        float64 // of a value
	unit          string  // of a value
	format        string  // of a value, without the unit
	signed        string  // of a difference
	points        string  // unit of a difference; "" for none
	better, worse string  // "More accurate", of the variants with a significant difference
}

// unitsOf returns how the metric of a variant is shown.
func unitsOf(r *study.Result) units {
	m := r.Metric()
	u := units{Metric: m, factor: 1, format: "%.3f", signed: "%+.3f", better: "Better", worse: "Worse"}
	switch m.Name {
	case "accuracy":
		u.factor, u.unit, u.format, u.signed, u.points, u.better, u.worse = 100, "%", "%.1f", "%+.1f", "points", "More accurate", "Less accurate"
	case "mean absolute error":
		u.format, u.signed = "%.4g", "%+.3g"
	}
	return u
}

// value writes a value without its unit.
func (u units) value(v float64) string { return fmt.Sprintf(u.format, u.factor*v) }

// withUnit writes a value: "86.5 %".
func (u units) withUnit(v float64) string { return strings.TrimSpace(u.value(v) + " " + u.unit) }

// difference writes a difference and its interval.
func (u units) difference(v float64, i significance.Interval) string {
	signed := func(v float64) string { return fmt.Sprintf(u.signed, u.factor*v) }
	return signed(v) + i.Brackets(signed)
}

// title is the metric's name at the beginning of a sentence.
func (u units) title() string { return strings.ToUpper(u.Name[:1]) + u.Name[1:] }

// meanScore describes the metric of a variant.
func meanScore(r *study.Result) string {
	u := unitsOf(r)
	mean, low, high := r.Scores()
	if len(r.Reports) == 1 {
		return sayf("%s: %s %s on %d test examples, one training", r.Variant.Name, u.Name, u.withUnit(mean), r.Examples())
	}
	return sayf("%s: mean %s %s on %d test examples, %d trainings from %s to %s", r.Variant.Name, u.Name, u.withUnit(mean), r.Examples(), len(r.Reports), u.value(low), u.withUnit(high))
}

// Variants are the results of a study.
type Variants struct {
	results     []*study.Result // the reference first
	differences []study.Difference
}

// CompareVariants compares variants with the first of them, the reference. It trains and
// evaluates those whose run folders do not hold the results yet. An error ends the cell (see
// [notebook.Check]).
func CompareVariants(ctx context.Context, s study.Study, variants ...study.Variant) *Variants {
	return notebook.Must(compareVariants(ctx, s, variants))
}

func compareVariants(ctx context.Context, s study.Study, variants []study.Variant) (*Variants, error) {
	if len(variants) < 2 {
		return nil, fmt.Errorf("show: %d variants, expected a reference and at least one other", len(variants))
	}
	v := &Variants{}
	for _, variant := range variants {
		for _, earlier := range v.results {
			if earlier.Variant.Name == variant.Name {
				return nil, fmt.Errorf("show: two variants are named %q: expected different names", variant.Name)
			}
		}
		result, err := s.Run(ctx, variant)
		if err != nil {
			return nil, err
		}
		v.results = append(v.results, result)
	}
	var err error
	v.differences, err = study.Compare(v.results[0], v.results[1:]...)
	return v, err
}

// result returns the result of a variant.
func (v *Variants) result(variant study.Variant) (*study.Result, error) {
	var names []string
	for _, r := range v.results {
		if r.Variant.Name == variant.Name {
			return r, nil
		}
		names = append(names, r.Variant.Name)
	}
	return nil, fmt.Errorf("show: no variant %q was compared: expected one of %q", variant.Name, names)
}

// Scores lists the mean of every variant by the metric of the task (accuracy, micro F1, mean absolute
// error or entity F1), its difference from the reference with a 95 % interval and p-values, and draws
// the means with the lowest and the highest training.
func (v *Variants) Scores() (Figures, error) {
	var f Figures
	first := v.results[0]
	u := unitsOf(first)
	t := table.New(fmt.Sprintf("%s, and the difference from %s", u.title(), first.Variant.Name),
		table.Column{Name: "variant"}, table.Column{Name: "learning rate", Format: "%g"}, table.Column{Name: "mean " + u.Name, Unit: u.unit, Format: u.format},
		table.Column{Name: "lowest to highest", Unit: u.unit}, table.Column{Name: "difference (95 % interval)", Unit: u.points}, table.Column{Name: "p"}, table.Column{Name: "corrected p"})
	bars := chart.BarSeries{Name: "mean " + u.Name}
	for i, r := range v.results {
		mean, low, high := r.Scores()
		bars.Values = append(bars.Values, u.factor*mean)
		bars.Low, bars.High = append(bars.Low, u.factor*low), append(bars.High, u.factor*high)
		row := []any{r.Variant.Name, r.Search.Rate, u.factor * mean, table.Number{Value: low, Text: u.value(low) + " to " + u.value(high)}}
		if i == 0 {
			row = append(row, nil, nil, nil)
		} else {
			d := v.differences[i-1]
			row = append(row, table.Number{Value: d.Difference, Text: u.difference(d.Difference, d.Interval)}, pNumber(d.PValue), pNumber(d.AdjustedP))
		}
		t.Add(row...)
	}
	if err := f.table(t); err != nil {
		return f, err
	}
	f.note("%s", v.verdict())
	takeaway := sayf("Means of %d trainings on %d test examples; the lines extend from the lowest to the highest training.", len(first.Reports), first.Examples())
	if len(first.Reports) == 1 {
		bars.Low, bars.High = nil, nil
		takeaway = sayf("One training each, on %d test examples.", first.Examples())
	}
	if u.LowerIsBetter {
		takeaway = "The lower the better. " + takeaway
	}
	err := v.bars(&f, chart.Labels{Title: u.title() + " of the variants", Takeaway: takeaway, Y: cmp.Or(u.unit, u.Name)}, bars)
	return f, err
}

func pNumber(p float64) table.Number { return table.Number{Value: p, Text: fmt.Sprintf("%.2g", p)} }

// significanceLevel is the level of the corrected p-values.
const significanceLevel = 0.05

// verdict describes which differences from the reference exceed chance.
func (v *Variants) verdict() string {
	u, reference, least, widest := unitsOf(v.results[0]), v.results[0].Variant.Name, 1.0, 0.0
	var better, worse []string
	for _, d := range v.differences {
		least = min(least, d.AdjustedP)
		widest = max(widest, math.Abs(d.Interval.Low), math.Abs(d.Interval.High))
		switch {
		case d.AdjustedP >= significanceLevel:
		case (d.Difference > 0) != u.LowerIsBetter:
			better = append(better, d.Variant.Name)
		default:
			worse = append(worse, d.Variant.Name)
		}
	}
	if len(better)+len(worse) == 0 {
		return fmt.Sprintf("No variant differs from %s by more than chance can explain (lowest corrected p: %.2g). This does not show that all are equal: the intervals include differences of up to %s.",
			reference, least, strings.TrimSpace(u.value(widest)+" "+u.points))
	}
	var out []string
	for _, side := range []struct {
		names []string
		text  string
	}{{better, u.better}, {worse, u.worse}} {
		if len(side.names) > 0 {
			out = append(out, fmt.Sprintf("%s than %s, with a corrected p below %g: %s.", side.text, reference, significanceLevel, strings.Join(side.names, ", ")))
		}
	}
	if rest := len(v.differences) - len(better) - len(worse); rest > 0 {
		out = append(out, sayf("For the other %d, chance can explain the difference.", rest))
	}
	return strings.Join(out, " ")
}

// Costs draws the time of an epoch, the peak memory where the system reports it, and the size of
// the saved weights. The takeaways compare an adapter with full fine-tuning.
func (v *Variants) Costs(adapter, full study.Variant) (Figures, error) {
	a, errA := v.result(adapter)
	b, errB := v.result(full)
	if err := errors.Join(errA, errB); err != nil {
		return Figures{}, err
	}
	type row struct {
		Variant string
		Trained int     `table:"trained parameters" format:"%,d"`
		Share   float64 `table:"of all" unit:"%" format:"%.2f"`
		Seconds float64 `table:"epoch" unit:"s" format:"%.2f"`
		Peak    float64 `table:"peak memory" unit:"MB" format:"%,.0f"`
		Saved   float64 `table:"saved weights" unit:"kB" format:"%,.0f"`
	}
	var rows []row
	for _, r := range v.results {
		t := r.Reports[0].Training
		rows = append(rows, row{r.Variant.Name, t.Trainable, 100 * float64(t.Trainable) / float64(t.AllParameters), r.SecondsPerEpoch(), bytesize.MB(r.PeakBytes()), bytesize.KB(r.Reports[0].AdapterBytes)})
	}
	f, err := Table("Cost", rows)
	if err != nil {
		return f, err
	}
	column := func(title, unit, takeaway string, cost func(row) float64) error {
		s := chart.BarSeries{Name: unit}
		for _, r := range rows {
			s.Values = append(s.Values, cost(r))
		}
		return v.bars(&f, chart.Labels{Title: title, Takeaway: takeaway, Y: unit}, s)
	}
	err = column("Time of an epoch", "s",
		fmt.Sprintf("%s takes %.0f %% of the time of full fine-tuning.", a.Variant.Name, 100*a.SecondsPerEpoch()/b.SecondsPerEpoch()),
		func(r row) float64 { return r.Seconds })
	if err == nil && b.PeakBytes() > 0 {
		err = column("Peak memory", "MB",
			fmt.Sprintf("Of the whole program; full fine-tuning needs %s MB.", numerals.Count(int(bytesize.MB(b.PeakBytes())))),
			func(r row) float64 { return r.Peak })
	}
	if err == nil {
		err = column("Size of the saved weights", "kB",
			fmt.Sprintf("%s kB for %s, %s kB for the whole model.", numerals.Count(int(bytesize.KB(a.Reports[0].AdapterBytes))), a.Variant.Name, numerals.Count(int(bytesize.KB(b.Reports[0].AdapterBytes)))),
			func(r row) float64 { return r.Saved })
	}
	return f, err
}

// Speed compares the time, the size and the metric of an adapter with those of full
// fine-tuning, and the time of training the head only.
func (v *Variants) Speed(adapter, full, head study.Variant) (Figures, error) {
	var f Figures
	a, errA := v.result(adapter)
	b, errB := v.result(full)
	h, errH := v.result(head)
	if err := errors.Join(errA, errB, errH); err != nil {
		return f, err
	}
	difference, err := study.Compare(b, a)
	if err != nil {
		return f, err
	}
	small, whole, d := a.Reports[0], b.Reports[0], difference[0]
	f.note("computed on %s, %d cores; median times of %d trainings each", a.Environment.CPU, a.Environment.Cores, len(a.Reports))
	f.note("an epoch takes %.2f s with %s, %.2f s with %s and %.2f s with %s", a.SecondsPerEpoch(), a.Variant.Name, b.SecondsPerEpoch(), b.Variant.Name, h.SecondsPerEpoch(), h.Variant.Name)
	f.note("%s", speedUp(b.SecondsPerEpoch()/a.SecondsPerEpoch()))
	f.note("%s trains %.2f %% of the parameters; its saved weights are %.0f times smaller",
		a.Variant.Name, 100*float64(small.Training.Trainable)/float64(small.Training.AllParameters), float64(whole.AdapterBytes)/float64(small.AdapterBytes))
	u, unit := unitsOf(a), ""
	if u.points != "" {
		unit = ", in " + u.points
	}
	f.note("its %s minus that of full fine-tuning%s: %s", u.Name, unit, u.difference(d.Difference, d.Interval))
	return f, nil
}

// speedUp compares the time of full fine-tuning divided by that of LoRA with the claim that LoRA
// is two to three times faster, and with the 1.5 of the products.
func speedUp(ratio float64) string {
	text := fmt.Sprintf("LoRA is %.2f times as fast as full fine-tuning here", ratio)
	const products = 1.5
	switch {
	case ratio < 1:
		return fmt.Sprintf("LoRA is slower than full fine-tuning here: it takes %.2f times as long", 1/ratio)
	case ratio <= products:
		return text + ": no more than the 1.5 times that the arithmetic allows, and less than the claim"
	case ratio < 2:
		return text + ": more than the 1.5 times of the arithmetic, since the update of every weight takes time, too; less than the claim"
	}
	return text + ", as the claim says: more than the 1.5 times of the arithmetic, since the update of every weight takes time, too"
}

// bars adds a chart with a bar per variant.
func (v *Variants) bars(f *Figures, labels chart.Labels, series chart.BarSeries) error {
	var names []string
	for _, r := range v.results {
		names = append(names, r.Variant.Name)
	}
	return f.add(chart.Bars(labels, names, series))
}
