package main

import (
	"fmt"
	"strings"

	"gonum.org/v1/gonum/stat"

	"github.com/lorabook/lorabook/pkg/significance"
	"github.com/lorabook/lorabook/pkg/table"
)

// measured holds a task's results of all seeds.
type measured struct {
	task        task
	train, test int
	pairs       []pair
}

// quantity is a column of results.
type quantity struct {
	name   string
	of     func(result) float64
	scale  float64
	format string
}

// quantities are the task's metric, in percent, and the loss.
func (t task) quantities() []quantity {
	return []quantity{
		{t.metric + ", %", func(r result) float64 { return r.Metric }, 100, "%.1f"},
		{"loss", func(r result) float64 { return r.Loss }, 1, "%.3f"},
	}
}

// values returns a quantity of both sides.
func (m measured) values(q quantity) (ours, peer []float64) {
	for _, p := range m.pairs {
		ours, peer = append(ours, q.of(p.ours)), append(peer, q.of(p.peer))
	}
	return ours, peer
}

// level is the probability of at least one false alarm among all rows of the table.
const level = 0.05

// resultsTable returns the means of both sides and their difference for each task. The p-values of
// all rows are adjusted by Holm's method.
func resultsTable(all []measured) (string, error) {
	t := table.New("Tasks", columns("task", "on the test examples", "lorabook, each seed", "Trainer + PEFT, each seed", "lorabook, mean and SD", "Trainer + PEFT, mean and SD", "difference, with 95 % interval", "p, adjusted", "within the noise")...)
	var cells [][]any
	var values []float64
	for _, m := range all {
		for _, q := range m.task.quantities() {
			ours, peer := m.values(q)
			d, err := welch(ours, peer)
			if err != nil {
				return "", fmt.Errorf("%s: %w", m.task.name, err)
			}
			values = append(values, d.p)
			cells = append(cells, []any{m.task.name, q.name, q.list(ours), q.list(peer), q.mean(ours), q.mean(peer), d.text(q.scale, strings.Replace(q.format, "%", "%+", 1))})
		}
	}
	adjusted, err := significance.Holm(values...)
	if err != nil {
		return "", err
	}
	for i, p := range adjusted {
		verdict := "yes"
		if p < level {
			verdict = "no"
		}
		text := "under 0.01"
		if p >= 0.01 {
			text = fmt.Sprintf("%.2f", p)
		}
		t.Add(append(cells[i], text, verdict)...)
	}
	return t.Markdown(), t.Err()
}

// setupTable returns the data and the cost of each task.
func setupTable(all []measured) (string, error) {
	t := table.New("Data", columns("task", "data", "package", "training, test", "updates", "trained parameters", "metric before", "seconds of training, lorabook and peer")...)
	for _, m := range all {
		first := m.pairs[0]
		if first.ours.Steps != first.peer.Steps || first.ours.Trained != first.peer.Trained {
			return "", fmt.Errorf("%s: lorabook has %d updates of %d parameters, the peer %d of %d: the recipes differ",
				m.task.name, first.ours.Steps, first.ours.Trained, first.peer.Steps, first.peer.Trained)
		}
		before, _ := m.values(quantity{of: func(r result) float64 { return r.Before }})
		ours, peer := m.values(quantity{of: func(r result) float64 { return r.Seconds }})
		t.Add(m.task.name, m.task.what, m.task.origin(), fmt.Sprintf("%d, %d", m.train, m.test), fmt.Sprint(first.ours.Steps), fmt.Sprint(first.ours.Trained),
			fmt.Sprintf("%.1f %%", 100*stat.Mean(before, nil)), fmt.Sprintf("%.0f, %.0f", stat.Mean(ours, nil), stat.Mean(peer, nil)))
	}
	return t.Markdown(), t.Err()
}

func (q quantity) list(values []float64) string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = fmt.Sprintf(q.format, q.scale*v)
	}
	return strings.Join(texts, ", ")
}

func (q quantity) mean(values []float64) string {
	mean, deviation := stat.MeanStdDev(values, nil)
	return fmt.Sprintf(q.format+" ± "+q.format, q.scale*mean, q.scale*deviation)
}

func columns(names ...string) []table.Column {
	list := make([]table.Column, len(names))
	for i, name := range names {
		list[i].Name = name
	}
	return list
}
