package main

import (
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
)

// curve draws the losses of trainings that followed each other.
func curve(path string, runs ...string) error {
	loss := chart.Series{Name: "held-out loss", Panel: "hidden pieces: loss, nats"}
	right := chart.Series{Name: "held-out accuracy", Panel: "hidden pieces right, %"}
	var learned []chart.Series
	before := 0
	for i, dir := range runs {
		folder, err := finetune.OpenRun(filepath.Split(dir))
		if err != nil {
			return err
		}
		lines, err := folder.ReadHistory()
		if err != nil {
			return err
		}
		// What is added to the loss of hidden pieces differs from phase to phase.
		s := chart.Series{Name: []string{"short rows", "long rows", "once more"}[i], Panel: "training's objective, nats"}
		last := 0
		for _, line := range lines {
			last = line.Step
			x := float64(before + line.Step)
			if line.Kind == finetune.EvalLine {
				loss.X, loss.Y = append(loss.X, x), append(loss.Y, line.Loss)
				right.X, right.Y = append(right.X, x), append(right.Y, 100*line.Accuracy)
				continue
			}
			s.X, s.Y = append(s.X, x), append(s.Y, line.Loss)
		}
		learned = append(learned, s)
		before += last
	}
	c, err := chart.Curves(chart.Labels{
		Title:    "Making lorabook-tiny",
		Takeaway: "Held-out rows have 256 tokens, training's 64 at first, then 128, and 256 at last. Long rows also have to tell pairs, and what the other row says.",
		X:        "step", Y: "nats",
	}, append([]chart.Series{loss, right}, learned...)...)
	if err != nil {
		return err
	}
	return chart.Save(c, path)
}
