package sweepchart

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/show"
	"github.com/lorabook/lorabook/pkg/sweep"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
	"github.com/lorabook/lorabook/pkg/table"
)

// Cost shows what a finished sweep has cost in machine-minutes: the training time of its trials,
// which is the time of one worker that has a machine of its own. Workers that share a machine slow each
// other, so that their sum is larger. If trials paused, the cost of training all of them to their
// end is estimated from their seconds per epoch. Attempts that were lost with their worker, and those
// that failed, are not counted.
func Cost(dir string, p sweep.Plan) (show.Figures, error) {
	var f show.Figures
	r, _, _, err := read(dir)
	if err != nil {
		return f, err
	}
	c, err := costOf(p, r)
	if err != nil {
		return f, err
	}
	t := table.New("Cost", table.Column{Name: "trials"}, table.Column{Name: "number"}, table.Column{Name: "epochs", Format: "%.0f"}, table.Column{Name: "training", Unit: "machine-minutes", Format: "%.2f"})
	for _, part := range c.parts {
		if part.trials > 0 {
			t.Add(part.name, part.trials, part.epochs, part.seconds/secondsPerMinute)
		}
	}
	t.Add("all", len(r.Trials), c.epochs, c.seconds/secondsPerMinute)
	f.Tables = append(f.Tables, t)
	if c.whole <= c.seconds {
		return f, nil
	}
	f.Notes = append(f.Notes, fmt.Sprintf("Trained to their end, the paused trials would have made it about %.2f machine-minutes.", c.whole/secondsPerMinute))
	bars, err := chart.Bars(chart.Labels{Title: "Cost", Takeaway: fmt.Sprintf("The sweep took %.0f %% of the time of training all trials to their end.", 100*c.seconds/c.whole), Y: "machine-minutes"},
		[]string{"this sweep", "all trials to their end, estimated"}, chart.BarSeries{Name: "training", Values: []float64{c.seconds / secondsPerMinute, c.whole / secondsPerMinute}})
	f.Charts = append(f.Charts, bars)
	return f, err
}

const secondsPerMinute = 60

// cost is the training time of a sweep.
type cost struct {
	parts           []costPart
	seconds, epochs float64
	whole           float64 // seconds, with the paused trials to their end, from their seconds per epoch
}

type costPart struct {
	name            string
	trials          int
	epochs, seconds float64
}

// costOf adds up the trials by their state.
func costOf(p sweep.Plan, r *sweep.Result) (cost, error) {
	c := cost{parts: []costPart{{name: "trained to their end"}, {name: "paused"}, {name: "diverged"}, {name: "parked"}}}
	for i := range r.Trials {
		t := &r.Trials[i]
		e, err := sweep.Apply(p.Base, t.Settings...)
		if err == nil {
			e, err = e.WithDefaults()
		}
		if err != nil {
			return c, err
		}
		part, trained := 0, 0
		if n := len(t.Rungs); n > 0 {
			trained = t.Rungs[n-1].Epochs
		}
		whole := t.Seconds()
		switch {
		case t.State == queue.Parked:
			part = 3
		case t.State == queue.Paused:
			part = 1
			if trained > 0 {
				whole *= float64(e.Training.Epochs) / float64(trained)
			}
		case t.Result != nil && t.Result.Diverged != "":
			part = 2
		default:
			trained = e.Training.Epochs
		}
		x := &c.parts[part]
		x.trials++
		x.epochs += float64(trained)
		x.seconds += t.Seconds()
		c.seconds += t.Seconds()
		c.epochs += float64(trained)
		c.whole += whole
	}
	return c, nil
}
