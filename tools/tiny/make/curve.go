package main

import (
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// draw makes the model card's pictures.
func (r recipe) draw(dir, short, long, longer, taught string) error {
	if err := curve(filepath.Join(dir, "pretraining.svg"), chart.Labels{
		Title:    "Making lorabook-tiny: reading",
		Takeaway: "Held-out rows have 256 tokens, training's 64 at first, then 128, and 256 at last. Long rows also have to tell pairs, and what the other row says.",
	}, phase{"short rows", short}, phase{"long rows", long}, phase{"once more", longer}); err != nil {
		return err
	}
	return curve(filepath.Join(dir, "distillation.svg"), chart.Labels{
		Title:    "Making lorabook-tiny: taught by bert-base-cased",
		Takeaway: "From where reading ended: what the teacher thinks of each word and each row is learned besides.",
	}, phase{"taught", taught})
}

// phase is a training and its name in the picture.
type phase struct{ name, dir string }

// curve draws the losses of trainings that followed each other.
func curve(path string, labels chart.Labels, phases ...phase) error {
	loss := chart.Series{Name: "held-out loss", Panel: "hidden pieces: loss, nats"}
	right := chart.Series{Name: "held-out accuracy", Panel: "hidden pieces right, %"}
	var learned []chart.Series
	before := 0
	for _, p := range phases {
		folder, err := runfolder.Open(filepath.Split(p.dir))
		if err != nil {
			return err
		}
		lines, err := folder.ReadHistory()
		if err != nil {
			return err
		}
		// What is added to the loss of hidden pieces differs from phase to phase.
		s := chart.Series{Name: p.name, Panel: "training's objective, nats"}
		last := 0
		for _, line := range lines {
			last = line.Step
			x := float64(before + line.Step)
			if line.Kind == runfolder.EvalLine {
				loss.X, loss.Y = append(loss.X, x), append(loss.Y, line.Loss)
				right.X, right.Y = append(right.X, x), append(right.Y, 100*line.Accuracy)
				continue
			}
			s.X, s.Y = append(s.X, x), append(s.Y, line.Loss)
		}
		learned = append(learned, s)
		before += last
	}
	labels.X, labels.Y = "step", "nats"
	c, err := chart.Curves(labels, append([]chart.Series{loss, right}, learned...)...)
	if err != nil {
		return err
	}
	return chart.Save(c, path)
}
