package show

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/numerals"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/objective"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// The lines of the chart of [Curves].
const (
	trainingLoss       = "training loss"
	validationLoss     = "validation loss"
	validationAccuracy = "validation accuracy"
	learningRate       = "learning rate"
)

// smoothed is the share of a training whose losses a point of the training loss averages: single batches
// differ much, so that their losses hide the trend of a long training.
const smoothed = 1.0 / 50

// Curves is a chart of the training history that grows during the training.
type Curves struct {
	live   *chart.Live
	scores []score
	epochs float64                 // of the whole training
	recent []runfolder.HistoryLine // of which the next point of the training loss is the mean
	most   int                     // the largest number of them
	err    error                   // the first of Add
	last   runfolder.HistoryLine   // the last evaluation
	lowest float64                 // the lowest validation loss; 0 before the first

	first, mean float64 // the first training loss, 0 before it, and the last point of its curve
}

// NewCurves shows an empty chart for the training of an experiment: the losses, the metrics of its
// task on the validation examples, and the learning rate. The training loss is the mean of the last
// fiftieth of the training. Pass its method Add to [Open].
func NewCurves(e finetune.Experiment) (*Curves, error) {
	unit := "loss, nats"
	if e.Task == data.Regression {
		unit = "loss, squared error"
	}
	scores, err := choose(e.Task, singleScores, severalScores, numberScores, tagScores)
	if err != nil {
		return nil, err
	}
	series := []chart.Series{{Name: trainingLoss, Panel: unit}, {Name: validationLoss, Panel: unit}}
	for _, s := range scores {
		series = append(series, chart.Series{Name: s.name, Panel: s.panel})
	}
	live, err := chart.NewLive(
		chart.Labels{Title: "Training", Takeaway: "Lower loss is better; only the validation curves distinguish learning from memorising.", X: "step"},
		append(series, chart.Series{Name: learningRate, Panel: "learning rate, thousandths"})...,
	)
	if err != nil {
		return nil, err
	}
	whole, err := e.WithDefaults()
	return &Curves{live: live, scores: scores, epochs: float64(whole.Training.Epochs)}, err
}

// score is a curve of a metric on the validation examples.
type score struct {
	name, panel string
	of          func(runfolder.HistoryLine) (value float64, defined bool)
}

// measured returns a metric by its name in the history.
func measured(name string) func(runfolder.HistoryLine) (float64, bool) {
	return func(line runfolder.HistoryLine) (float64, bool) {
		value, defined := line.Metrics[name]
		return value, defined
	}
}

// The curves of each task.
var (
	singleScores  = []score{{validationAccuracy, "accuracy, %", func(line runfolder.HistoryLine) (float64, bool) { return 100 * line.Accuracy, true }}}
	severalScores = []score{
		{"validation micro F1", "F1", measured(string(objective.ByMicroF1))},
		{"validation macro F1", "F1", measured(string(objective.ByMacroF1))},
	}
	tagScores = []score{
		{"validation entity F1", "F1", measured(string(objective.ByF1))},
		{"validation macro F1", "F1", measured(string(objective.ByMacroF1))},
	}
	numberScores = []score{
		{"validation Pearson", "correlation", measured(string(objective.ByPearson))},
		{"validation Spearman", "correlation", measured(string(objective.BySpearman))},
		{"validation error", "mean absolute error", measured(string(objective.ByMAE))},
	}
)

// Add adds a line of the training history. [Curves.Finish] returns its first error.
func (c *Curves) Add(line runfolder.HistoryLine) {
	step := float64(line.Step)
	add := func(series string, value float64) {
		if err := c.live.Add(step, series, value); c.err == nil {
			c.err = err
		}
	}
	if line.Kind == runfolder.EvalLine {
		if c.last.Step == 0 || line.Loss < c.lowest {
			c.lowest = line.Loss
		}
		c.last = line
		add(validationLoss, line.Loss)
		for _, s := range c.scores {
			if value, defined := s.of(line); defined { // a correlation may be undefined
				add(s.name, value)
			}
		}
		return
	}
	c.mean = c.meanLoss(line)
	if c.first == 0 {
		c.first = c.mean
	}
	add(trainingLoss, c.mean)
	add(learningRate, 1000*line.LearningRate)
}

// meanLoss is the mean training loss of the last stretch of the training, up to a line.
func (c *Curves) meanLoss(line runfolder.HistoryLine) float64 {
	c.recent = slices.DeleteFunc(append(c.recent, line), func(l runfolder.HistoryLine) bool {
		const rounding = 1e-9
		return l.Epoch < line.Epoch-smoothed*c.epochs+rounding
	})
	c.most = max(c.most, len(c.recent))
	sum := 0.0
	for _, l := range c.recent {
		sum += l.Loss
	}
	return sum / float64(len(c.recent))
}

// Finish takes the results of [finetune.Run.Train] and completes the chart. The error of an
// interrupted training is returned, so that its cell fails and "Run All Cells" does not continue
// with a training that is not finished; it says how to resume it.
func (c *Curves) Finish(trained *finetune.Trained, err error) (Figures, error) {
	var f Figures
	switch {
	case errors.Is(err, finetune.ErrStopped):
		err = errors.Join(err, c.live.Takeaway("Training stopped before its end. Run the cell again to resume it."))
	case err == nil:
		f.note("%v", trained)
		if c.most > 1 {
			f.note("a point of the training loss is the mean of a fiftieth of the training, since batches differ")
		}
		err = c.live.Takeaway(c.kept(trained))
	}
	return f, errors.Join(err, c.err, c.live.Close())
}

// kept describes the state that a training keeps, and the losses after it.
func (c *Curves) kept(trained *finetune.Trained) string {
	text := sayf("The state of step %d is kept: validation loss %s.", trained.BestStep, numerals.Loss(trained.BestLoss))
	const clearly, diverged = 1.05, 1.5
	last := c.last.Loss
	rose := sayf("the training loss rose from %s to %s: the training diverged. Try a lower learning rate.", numerals.Loss(c.first), numerals.Loss(c.mean))
	switch {
	case trained.BestStep == trained.Steps && c.mean > diverged*c.first:
		return text + " It is the last step, but " + rose
	case trained.BestStep == trained.Steps && last > clearly*c.lowest:
		return text + sayf(" It is the last step, which metric_for_best_model keeps; the validation loss was %s before: the model overfits the training examples.", numerals.Loss(c.lowest))
	case trained.BestStep == trained.Steps:
		return text + " It is the last step: with more epochs, the loss may fall further, or rise."
	case last > clearly*trained.BestLoss && c.mean > diverged*c.first:
		return text + sayf(" By the last step the validation loss rose to %s, and %s", numerals.Loss(last), rose)
	case last > clearly*trained.BestLoss:
		return text + fmt.Sprintf(" By the last step the validation loss rose to %s: the model overfits the training examples.", numerals.Loss(last))
	}
	return text
}

// Machine describes the machine that computed the run.
func Machine(r *finetune.Run) Figures {
	var f Figures
	e := r.Folder.Environment()
	engine, _, _ := strings.Cut(e.Engine, " ")
	f.note("computed by %s on %s, %d cores", engine, e.CPU, e.Cores)
	return f
}

// TrainedFiles lists the files of the trained weights in the run folder, with their sizes: of
// the adapter, or of the classifier or the model of a method without one.
func TrainedFiles(r *finetune.Run) (Figures, error) {
	var f Figures
	dir := runfolder.AdapterDir
	switch r.Experiment.Method {
	case finetune.HeadOnly:
		dir = runfolder.HeadDir
	case finetune.Full:
		dir = runfolder.ModelDir
	}
	caption, err := unfinished(r)
	if err != nil {
		return f, err
	}
	entries, err := os.ReadDir(r.Folder.Path(dir))
	if err != nil {
		return f, errors.Join(err, notTrained(caption))
	}
	if caption != "" {
		f.note("%s", caption)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			return f, err
		}
		f.note("%11s bytes  %s", numerals.Count(int(info.Size())), e.Name())
	}
	return f, nil
}

// unfinished returns a sentence for the results of a training that is not finished: "Training
// stopped at step 40 of 230: these are not the trained weights."; "" if it is finished.
func unfinished(r *finetune.Run) (string, error) {
	state, err := r.TrainingState()
	if err != nil || state.Done {
		return "", err
	}
	text := state.String()
	return fmt.Sprintf("%s%s: these are not the trained weights.", strings.ToUpper(text[:1]), text[1:]), nil
}

// notTrained is the error for a run folder without trained weights.
func notTrained(caption string) error {
	return fmt.Errorf("show: the run folder has no trained weights yet: run the cell that trains, to its end (%s)", strings.TrimSpace(caption))
}
