package finetune

import (
	"fmt"
	"strings"
	"time"

	"github.com/lorabook/lorabook/internal/bytesize"
	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/internal/stats"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/significance"
)

// machinesWarning says that several machines trained; "" for one.
func machinesWarning(m runfolder.Machines) string { return trainer.MachinesWarning("training", m) }

// String describes the training in two lines. There are more with cached hidden states, with packed batches, and
// if several machines trained.
func (t *Trained) String() string {
	early := ""
	if t.StoppedEarly {
		early = fmt.Sprintf(" of %s, stopped early", numerals.Count(t.Planned))
	}
	how := ""
	switch {
	case t.Prefix != nil:
		how = "\n" + t.Prefix.String()
	case t.Packed != batching.Shape{}:
		how = fmt.Sprintf("\nseveral examples share a row (packing): batches of %d rows of %d tokens", t.Packed.Rows, t.Packed.Length)
	}
	if w := machinesWarning(t.Machines); w != "" {
		how += "\n" + progress.WarningPrefix + w
	}
	return fmt.Sprintf("%s steps%s, %s tokens in %v: %s tokens/s, validation included\nbest step %s, validation loss %s; %s of %s parameters trained%s",
		numerals.Count(t.Steps), early, numerals.Count(int(t.Tokens)), time.Duration(t.Seconds*float64(time.Second)).Round(time.Second), numerals.Group(fmt.Sprintf("%.0f", float64(t.Tokens)/t.Seconds)),
		numerals.Count(t.BestStep), numerals.Loss(t.BestLoss), numerals.Count(t.Trainable), numerals.Count(t.AllParameters), how)
}

// SecondsPerEpoch is the median time of the steps of an epoch, without validation. The first
// one, which includes compilation, is used only if there is no other.
func (t *Trained) SecondsPerEpoch() float64 {
	times := t.EpochSeconds[min(1, max(0, len(t.EpochSeconds)-1)):]
	if len(times) == 0 { // the run belongs to a version that did not record them
		return 0
	}
	return stats.Median(times)
}

// String returns the result in a few lines, for people, with its warnings.
func (r *Report) String() string {
	kept := "adapter"
	if r.Method != LoRA {
		kept = r.Method.String()
	}
	lines := []string{
		r.comparison(),
		fmt.Sprintf("%-10s %s, trained in %s", kept, bytesize.Text(r.AdapterBytes), time.Duration(r.Training.Seconds)*time.Second),
	}
	if r.BagOfWords != nil {
		lines = append(lines, "no BERT    "+r.BagOfWords.String())
	}
	if r.WithoutDuplicates != nil {
		lines = append(lines, "copies     "+r.WithoutDuplicates.String())
	}
	if r.Calibration != nil {
		lines = append(lines, "calibrated "+r.Calibration.String())
	}
	for _, w := range r.Warnings {
		lines = append(lines, progress.WarningPrefix+w)
	}
	return strings.Join(lines, "\n")
}

// Classes returns the names of the classes in the order of the labels, for
// data.TokenClassification the types of the entities; nil for data.Regression.
func (r *Report) Classes() []string {
	e := evaluation.Evaluation{Metrics: r.After}
	if r.MultiLabel != nil {
		e.MultiLabel = r.MultiLabel.After
	}
	if r.Tags != nil {
		e.Tags = r.Tags.After
	}
	return e.ClassNames()
}

// comparison describes the difference between before and after.
func (r *Report) comparison() string {
	line := func(name string, d significance.PairedDifference) string {
		if d.Before == nil || d.After == nil || d.Difference.Value == nil {
			return fmt.Sprintf("%-10s %s", name, d.Difference)
		}
		text := fmt.Sprintf("%-10s %s before, %s after, difference %s", name, numerals.Metric(*d.Before), numerals.Metric(*d.After), d.Difference.Signed())
		if d.Test != nil {
			text += ", " + d.Test.String()
		}
		return text
	}
	switch {
	case r.MultiLabel != nil:
		c := r.MultiLabel.Comparison
		return strings.Join([]string{
			line("micro F1", c.MicroF1), line("macro F1", c.MacroF1), line("exact", c.SubsetAccuracy), line("Hamming", c.HammingLoss),
			fmt.Sprintf("%-10s %d wrong before and right after, %d right before and wrong after, of %d examples", "decisions", c.Fixed, c.Broken, c.Examples),
		}, "\n")
	case r.Regression != nil:
		c := r.Regression.Comparison
		return strings.Join([]string{
			line("Pearson", c.Pearson), line("Spearman", c.Spearman), line("MAE", c.MAE), line("RMSE", c.RMSE),
			fmt.Sprintf("%-10s %d nearer after, %d farther, of %d", "examples", c.Nearer, c.Farther, c.Examples),
		}, "\n")
	case r.Tags != nil:
		c := r.Tags.Comparison
		return strings.Join([]string{
			line("entity F1", c.F1), line("macro F1", c.MacroF1), line("accuracy", c.Accuracy),
			fmt.Sprintf("%-10s %d wrong before and right after, %d right before and wrong after, in %d sentences", "words", c.Fixed, c.Broken, c.Sentences),
		}, "\n")
	}
	return r.Comparison.String()
}
