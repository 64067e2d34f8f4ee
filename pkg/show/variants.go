package show

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/notebook"
)

// Variant is a named change of an experiment, to be compared with other variants.
type Variant struct {
	Name            string          // in charts, and of the run folder
	Method          finetune.Method // default finetune.LoRA
	Adapter         lora.Config     // of the method LoRA
	LearningRate    float64         // the peak; default that of the experiment
	LoRAPlusLRRatio float64         // of LoRA+; default that of the experiment
}

// experiment returns the variant of an experiment.
func (v Variant) experiment(base finetune.Experiment) finetune.Experiment {
	base.Method, base.Adapter = v.Method, v.Adapter
	if v.LearningRate != 0 {
		base.Training.LearningRate = v.LearningRate
	}
	if v.LoRAPlusLRRatio != 0 {
		base.Training.LoRAPlusLRRatio = v.LoRAPlusLRRatio
	}
	return base
}

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
	e.Training.Evaluations, e.Training.MetricForBestModel = 1, finetune.Last
	return e, err
}

// folder returns the run folder: ../runs/variants-MODEL-DATA-NAME, where the settings of the
// experiment that differ from the notebook's defaults follow MODEL-DATA.
func (v Variant) folder(base finetune.Experiment) (string, error) {
	common, err := variantsExperiment(notebook.Settings{Model: base.Model, Data: base.Data.Source, MaxLength: variantsMaxLength})
	if err != nil {
		return "", err
	}
	experiment, err := base.NameBeside(common)
	if err != nil {
		return "", err
	}
	name := strings.NewReplacer(" = ", "-", ", ", "-", " ", "-", "+", "-plus").Replace(v.Name)
	return runs + "variants-" + experiment + "-" + name, nil
}

// variantsMaxLength is the default of the notebook of the variants.
const variantsMaxLength = 128

// Report trains and measures the variant of an experiment in a run folder of its own.
// Results that the run folder holds are not computed again.
func (v Variant) Report(ctx context.Context, base finetune.Experiment) (*finetune.Report, error) {
	if v.Name == "" {
		return nil, errors.New("show: Variant.Name is empty, expected a name for charts and the run folder")
	}
	folder, err := v.folder(base)
	if err != nil {
		return nil, err
	}
	r, err := open(folder, v.experiment(base))
	if err != nil {
		return nil, err
	}
	report, err := r.Report(ctx)
	return report, errors.Join(err, r.Close())
}

// Result shows a report in words, with the cost of the training. It takes the results of
// [Variant.Report] or [finetune.Run.Report].
func Result(r *finetune.Report, err error) (Figures, error) {
	var f Figures
	if err != nil {
		return f, err
	}
	f.note("%v", r)
	f.note("%v", r.Training)
	return f, nil
}

// Comparison holds the reports of several variants of one experiment.
type Comparison struct {
	variants []Variant
	reports  []*finetune.Report
}

// Compare returns the reports of variants of an experiment. It trains and measures those
// whose run folder does not hold a report.
func Compare(ctx context.Context, base finetune.Experiment, variants ...Variant) (*Comparison, error) {
	if len(variants) == 0 {
		return nil, errors.New("show: no variants: expected at least one")
	}
	c := &Comparison{}
	for _, v := range variants {
		for _, other := range c.variants {
			if other.Name == v.Name {
				return nil, fmt.Errorf("show: two variants are named %q: expected different names", v.Name)
			}
		}
		report, err := v.Report(ctx, base)
		if err != nil {
			return nil, fmt.Errorf("variant %q: %w", v.Name, err)
		}
		c.variants, c.reports = append(c.variants, v), append(c.reports, report)
	}
	return c, nil
}

// report returns the report of a variant.
func (c *Comparison) report(v Variant) (*finetune.Report, error) {
	for i, other := range c.variants {
		if other.Name == v.Name {
			return c.reports[i], nil
		}
	}
	var names []string
	for _, v := range c.variants {
		names = append(names, v.Name)
	}
	return nil, fmt.Errorf("show: no variant %q was compared: expected one of %q", v.Name, names)
}

// Accuracy lists accuracy and cost of every variant, and draws the accuracies with their
// 95 % Wilson intervals.
func (c *Comparison) Accuracy() (Figures, error) {
	var f Figures
	f.note("%-10s %9s %16s %10s %8s %9s %9s", "", "accuracy", "95 % interval", "trainable", "s/epoch", "peak MB", "kept kB")
	accuracy := chart.BarSeries{Name: "accuracy"}
	for i, r := range c.reports {
		a, t := r.After, r.Training
		f.note("%-10s %7.1f %% %7.1f to %5.1f %10d %8.2f %9d %9d", c.variants[i].Name, 100*a.Accuracy, 100*a.AccuracyInterval.Low, 100*a.AccuracyInterval.High,
			t.Trainable, t.SecondsPerEpoch(), t.PeakBytes>>20, r.AdapterBytes>>10)
		accuracy.Values = append(accuracy.Values, 100*a.Accuracy)
		accuracy.Low = append(accuracy.Low, 100*a.AccuracyInterval.Low)
		accuracy.High = append(accuracy.High, 100*a.AccuracyInterval.High)
	}
	first := c.reports[0]
	err := c.bars(&f, chart.Labels{
		Title:    "Accuracy",
		Takeaway: fmt.Sprintf("On %d test examples, after %d training steps each.", first.After.Examples, first.Training.Steps),
		Y:        "%",
	}, accuracy)
	return f, err
}

// Costs draws the time of an epoch, the peak memory where the system reports it, and the
// size of the saved weights. The takeaways compare an adapter with full fine-tuning.
func (c *Comparison) Costs(adapter, full Variant) (Figures, error) {
	var f Figures
	a, errA := c.report(adapter)
	b, errB := c.report(full)
	if err := errors.Join(errA, errB); err != nil {
		return f, err
	}
	column := func(title, unit, takeaway string, cost func(*finetune.Report) float64) error {
		s := chart.BarSeries{Name: unit}
		for _, r := range c.reports {
			s.Values = append(s.Values, cost(r))
		}
		return c.bars(&f, chart.Labels{Title: title, Takeaway: takeaway, Y: unit}, s)
	}
	err := column("Time of an epoch", "s",
		fmt.Sprintf("LoRA takes %.0f %% of full fine-tuning's time.", 100*a.Training.SecondsPerEpoch()/b.Training.SecondsPerEpoch()),
		func(r *finetune.Report) float64 { return r.Training.SecondsPerEpoch() })
	if err == nil && b.Training.PeakBytes > 0 {
		err = column("Peak memory", "MB",
			fmt.Sprintf("Of the whole program; full fine-tuning's is %d MB.", b.Training.PeakBytes>>20),
			func(r *finetune.Report) float64 { return float64(r.Training.PeakBytes >> 20) })
	}
	if err == nil {
		err = column("Size of the saved weights", "kB",
			fmt.Sprintf("%d kB of an adapter, %d kB of a model.", a.AdapterBytes>>10, b.AdapterBytes>>10),
			func(r *finetune.Report) float64 { return float64(r.AdapterBytes >> 10) })
	}
	return f, err
}

// Speed compares the speed, size and accuracy of an adapter with those of full fine-tuning,
// and the speed of training the head only.
func (c *Comparison) Speed(adapter, full, head Variant) (Figures, error) {
	var f Figures
	a, errA := c.report(adapter)
	b, errB := c.report(full)
	h, errH := c.report(head)
	if err := errors.Join(errA, errB, errH); err != nil {
		return f, err
	}
	f.note("an epoch of LoRA is %.2f times as fast as one of full fine-tuning, and the head alone %.2f times",
		b.Training.SecondsPerEpoch()/a.Training.SecondsPerEpoch(), b.Training.SecondsPerEpoch()/h.Training.SecondsPerEpoch())
	f.note("LoRA trains %.2f %% of the parameters; its saved weights are %.0f times smaller",
		100*float64(a.Training.Trainable)/float64(a.Training.AllParameters), float64(b.AdapterBytes)/float64(a.AdapterBytes))
	interval := func(r *finetune.Report) string {
		m := r.After
		return fmt.Sprintf("%.1f %% (%.1f to %.1f)", 100*m.Accuracy, 100*m.AccuracyInterval.Low, 100*m.AccuracyInterval.High)
	}
	f.note("accuracy %s of LoRA, %s of full fine-tuning", interval(a), interval(b))
	return f, nil
}

// bars adds a chart with a bar per variant.
func (c *Comparison) bars(f *Figures, labels chart.Labels, series chart.BarSeries) error {
	var names []string
	for _, v := range c.variants {
		names = append(names, v.Name)
	}
	return f.add(chart.Bars(labels, names, series))
}
