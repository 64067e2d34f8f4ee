package show

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

var historyLines = []runfolder.HistoryLine{
	{Kind: runfolder.TrainLine, Step: 1, Epoch: 5, Loss: 0.7, LearningRate: 0.001},
	{Kind: runfolder.TrainLine, Step: 2, Epoch: 10, Loss: 0.6, LearningRate: 0.0005},
	{Kind: runfolder.EvalLine, Step: 2, Loss: 0.65, Accuracy: 0.75},
}

// Curves draws each line of the history, and Finish describes the training.
func TestCurves(t *testing.T) {
	c, err := NewCurves(finetune.Experiment{})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range historyLines {
		c.Add(line)
	}
	f, err := c.Finish(&finetune.Trained{Steps: 2, BestStep: 2, BestLoss: 0.65, Seconds: 1}, nil)
	if err != nil || len(f.Notes) != 1 || !strings.Contains(f.Notes[0], "2 steps") {
		t.Fatalf("%q, %v", f.Notes, err)
	}
	if c.live.Add(3, trainingLoss, 1) != chart.ErrClosed {
		t.Error("the chart is open after Finish")
	}
	drawn, err := c.live.Chart()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"The state of step 2 is kept: validation loss 0.650. It is the last step", "training loss", "validation accuracy"} {
		if !strings.Contains(drawn.Text(), want) {
			t.Errorf("no %q in\n%s", want, drawn.Text())
		}
	}
}

// The training loss of a long training is the mean of a fiftieth of it: its trend is visible although the
// losses of batches differ. A short training has too few lines for a mean.
func TestCurvesSmoothTheTrainingLoss(t *testing.T) {
	for _, test := range []struct {
		lines int
		text  string // of the training loss in words
		mean  bool
	}{
		{1000, "training loss: 1 nats at 1, 0.5 nats at 1,000 (lowest 0.5 nats, highest 1 nats)", true},
		{40, "training loss: 1 nats at 1, 0 nats at 40 (lowest 0 nats, highest 1 nats)", false},
	} {
		c, err := NewCurves(finetune.Experiment{Training: finetune.Training{Epochs: 2}})
		if err != nil {
			t.Fatal(err)
		}
		for step := 1; step <= test.lines; step++ {
			c.Add(runfolder.HistoryLine{Kind: runfolder.TrainLine, Step: step, Epoch: 2 * float64(step) / float64(test.lines), Loss: float64(step % 2)})
		}
		f, err := c.Finish(&finetune.Trained{Steps: test.lines, BestStep: test.lines, Seconds: 1}, nil)
		if err != nil || strings.Contains(strings.Join(f.Notes, "\n"), "is the mean of a fiftieth") != test.mean {
			t.Errorf("%d lines: %q, %v", test.lines, f.Notes, err)
		}
		drawn, err := c.live.Chart()
		if err != nil || !strings.Contains(drawn.Text(), test.text) {
			t.Errorf("%d lines, %v: no %q in\n%s", test.lines, err, test.text, drawn.Text())
		}
	}
}

// An interrupted training is an error, so that its cell fails, and the chart's caption says so. A
// failed training and a line that cannot be drawn are errors, too.
func TestCurvesFinish(t *testing.T) {
	finish := func(line runfolder.HistoryLine, err error) (Figures, error) {
		c, newErr := NewCurves(finetune.Experiment{})
		if newErr != nil {
			t.Fatal(newErr)
		}
		c.Add(historyLines[1])
		c.Add(line)
		return c.Finish(nil, err)
	}
	c, err := NewCurves(finetune.Experiment{})
	if err != nil {
		t.Fatal(err)
	}
	c.Add(historyLines[1])
	if _, err := c.Finish(nil, fmt.Errorf("step 2: %w", finetune.ErrStopped)); !errors.Is(err, finetune.ErrStopped) || !strings.Contains(err.Error(), "step 2: ") {
		t.Errorf("interrupted: %v", err)
	}
	if drawn, err := c.live.Chart(); err != nil || !strings.Contains(drawn.Text(), "Training stopped before its end.") {
		t.Errorf("the chart of an interrupted training: %v, %v", drawn, err)
	}
	failed := errors.New("no space left")
	if _, err := finish(historyLines[2], failed); !errors.Is(err, failed) {
		t.Errorf("failed: %v", err)
	}
	var data *chart.DataError
	if _, err := finish(historyLines[0], fmt.Errorf("step 2: %w", finetune.ErrStopped)); !errors.As(err, &data) {
		t.Errorf("a step back: %v", err)
	}
}

// The text about the kept state follows the last validation loss.
func TestKept(t *testing.T) {
	for last, want := range map[float64]string{0.41: "validation loss 0.400.", 0.6: "rose to 0.600"} {
		c := &Curves{first: 0.7, mean: 0.1, last: runfolder.HistoryLine{Loss: last}}
		if got := c.kept(&finetune.Trained{Steps: 10, BestStep: 5, BestLoss: 0.4}); !strings.HasSuffix(got, want) && !strings.Contains(got, want+": the model overfits") {
			t.Errorf("%q, expected %q", got, want)
		}
	}
	c := &Curves{first: 0.5, mean: 1195, last: runfolder.HistoryLine{Loss: 690.5}}
	if got := c.kept(&finetune.Trained{Steps: 8, BestStep: 2, BestLoss: 83.12}); strings.Contains(got, "overfits") || !strings.Contains(got, "training loss rose from 0.500 to 1,195: the training diverged") {
		t.Errorf("of a training that diverged: %q", got)
	}
	// A state that is kept for its accuracy may be the last one of a training that went wrong.
	atEnd := &finetune.Trained{Steps: 8, BestStep: 8, BestLoss: 690.5}
	if got := c.kept(atEnd); strings.Contains(got, "more epochs") || !strings.Contains(got, "the training diverged") {
		t.Errorf("of a training that diverged and keeps its last state: %q", got)
	}
	c = &Curves{first: 0.7, mean: 0.1, last: runfolder.HistoryLine{Loss: 0.6}, lowest: 0.4}
	if got := c.kept(atEnd); strings.Contains(got, "more epochs") || !strings.Contains(got, "was 0.400 before: the model overfits") {
		t.Errorf("of a training that overfits and keeps its last state: %q", got)
	}
	c.lowest = 0.6
	if got := c.kept(atEnd); !strings.Contains(got, "with more epochs") {
		t.Errorf("of a training that still improves: %q", got)
	}
}
