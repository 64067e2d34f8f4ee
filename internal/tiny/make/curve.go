package main

import (
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/finetune"
)

// curve draws the losses of trainings that followed each other.
func curve(path string, runs ...string) error {
	learned := chart.Series{Name: "training loss"}
	held := chart.Series{Name: "held-out loss"}
	before := 0
	for _, dir := range runs {
		folder, err := finetune.OpenRun(filepath.Split(dir))
		if err != nil {
			return err
		}
		lines, err := folder.ReadHistory()
		if err != nil {
			return err
		}
		last := 0
		for _, line := range lines {
			s := &learned
			if line.Kind == finetune.EvalLine {
				s = &held
			}
			s.X, s.Y = append(s.X, float64(before+line.Step)), append(s.Y, line.Loss)
			last = line.Step
		}
		before += last
	}
	c, err := chart.Curves(chart.Labels{
		Title:    "Making lorabook-tiny",
		Takeaway: "Held-out rows have 256 tokens, training's 64 until the last 500 steps.",
		X:        "step", Y: "loss, nats",
	}, learned, held)
	if err != nil {
		return err
	}
	return chart.Save(c, path)
}
