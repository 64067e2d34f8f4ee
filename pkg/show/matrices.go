package show

import (
	"errors"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/lora"
)

// shownModule is the projection whose matrices are drawn.
var shownModule = bert.QueryModule(0)

// grid is a weight of a model, or an adapter's matrix beside it.
func grid(m *bert.Model, name, tensor string) (chart.Grid, error) {
	values, rows, columns, err := m.Matrix(tensor)
	return chart.Grid{Name: name, Values: values, Rows: rows, Columns: columns}, err
}

// matrices are W, A and B of the query projection of the first layer.
func matrices(m *bert.Model) (w, a, b chart.Grid, err error) {
	w, errW := grid(m, "W", shownModule+".weight")
	a, errA := grid(m, "A", shownModule+".lora_A.weight")
	b, errB := grid(m, "B", shownModule+".lora_B.weight")
	return w, a, b, errors.Join(errW, errA, errB)
}

// FreshAdapter draws the query projection of a model's first layer and the matrices of the
// fresh adapter beside it, to one scale.
func FreshAdapter(m *bert.Model) (Figures, error) {
	w, a, b, err := matrices(m)
	if err != nil {
		return Figures{}, err
	}
	return one(chart.Matrices(chart.Labels{
		Title:    "A projection and its adapter",
		Takeaway: fmt.Sprintf("W is frozen; A and B are trained and have %.1f %% as many values. A is initialized at random, B with zeros.", 100*float64(len(a.Values)+len(b.Values))/float64(len(w.Values))),
	}, w, a, b))
}

// TrainedAdapter draws the same matrices after training, with what merging adds to W. The
// adapter is merged into the model for it, and stays merged.
func TrainedAdapter(m *bert.Model, adapter *lora.Adapter) (Figures, error) {
	w, a, b, err := matrices(m)
	if err != nil {
		return Figures{}, err
	}
	if err := adapter.Merge(); err != nil {
		return Figures{}, err
	}
	added, err := grid(m, "added to W", shownModule+".weight")
	if err != nil {
		return Figures{}, err
	}
	for i := range added.Values {
		added.Values[i] -= w.Values[i]
	}
	return one(chart.Matrices(chart.Labels{
		Title:    "The adapter after training",
		Takeaway: fmt.Sprintf("The largest value added to W is %.3f; the largest of W is %.2f.", largest(added.Values), largest(w.Values)),
	}, a, b, added, w))
}

func largest(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		most = max(most, math.Abs(v))
	}
	return most
}
