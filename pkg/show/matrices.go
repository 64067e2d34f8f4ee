package show

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/chart"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// shownModule returns the projection whose matrices are drawn: the query projection of the first
// layer, or the first adapted one if that has no adapter.
func shownModule(m *bert.Model) string {
	for _, module := range append([]string{bert.QueryModule(0)}, m.DenseModules()...) {
		if _, _, _, err := m.Matrix(module + ".lora_A.weight"); err == nil {
			return module
		}
	}
	return bert.QueryModule(0) // its error says what is missing
}

// grid is a weight of a model, or an adapter's matrix beside it.
func grid(m *bert.Model, name, tensor string) (chart.Grid, error) {
	values, rows, columns, err := m.Matrix(tensor)
	return chart.Grid{Name: name, Values: values, Rows: rows, Columns: columns}, err
}

// matrices are W, A and B of a projection.
func matrices(m *bert.Model, module string) (w, a, b chart.Grid, err error) {
	w, errW := grid(m, "W", module+".weight")
	a, errA := grid(m, "A", module+".lora_A.weight")
	b, errB := grid(m, "B", module+".lora_B.weight")
	return w, a, b, errors.Join(errW, errA, errB)
}

// FreshAdapter draws the first adapted projection of a model, by default the query projection of
// the first layer, and the matrices of the fresh adapter beside it, to one scale.
func FreshAdapter(m *bert.Model) (Figures, error) {
	w, a, b, err := matrices(m, shownModule(m))
	if err != nil {
		return Figures{}, err
	}
	return one(chart.Matrices(chart.Labels{
		Title:    "A projection and its adapter",
		Takeaway: fmt.Sprintf("W is frozen; A and B are trained and have %.1f %% as many values. A is initialized at random, B with zeros.", 100*float64(len(a.Values)+len(b.Values))/float64(len(w.Values))),
	}, w, a, b))
}

// afterTraining is the title of [TrainedAdapter].
const afterTraining = "The adapter after training"

// TrainedAdapter draws the same matrices after training, with what merging adds to W. The
// adapter is merged into the model for it, and stays merged.
func TrainedAdapter(m *bert.Model, adapter *lora.Adapter) (Figures, error) {
	return trainedAdapter(m, adapter, afterTraining, "")
}

// trainedAdapter is TrainedAdapter with a title and a beginning of the caption.
func trainedAdapter(m *bert.Model, adapter *lora.Adapter, title, caption string) (Figures, error) {
	module := shownModule(m)
	w, a, b, err := matrices(m, module)
	if err != nil {
		return Figures{}, err
	}
	if err := adapter.Merge(); err != nil {
		return Figures{}, err
	}
	added, err := grid(m, "added to W", module+".weight")
	if err != nil {
		return Figures{}, err
	}
	for i := range added.Values {
		added.Values[i] -= w.Values[i]
	}
	return one(chart.Matrices(chart.Labels{
		Title:    title,
		Takeaway: caption + fmt.Sprintf("The largest value added to W is %.3f; the largest of W is %.2f.", largest(added.Values), largest(w.Values)),
	}, a, b, added, w))
}

// TrainedMatrices is [TrainedAdapter] for the trained adapter of a run. A run without an adapter
// gives a note. Until the training is finished, title and caption say so.
func TrainedMatrices(ctx context.Context, r *finetune.Run) (Figures, error) {
	var f Figures
	if r.Experiment.Method != finetune.LoRA {
		f.note("the method %q trains no adapter, so there are no matrices A and B", r.Experiment.Method)
		return f, nil
	}
	title := afterTraining
	caption, err := unfinished(r)
	if err != nil {
		return f, err
	}
	if caption != "" {
		title, caption = "The adapter before the end of training", caption+" "
	}
	if !r.Folder.Has(runfolder.AdapterDir) {
		return f, notTrained(caption)
	}
	labels, err := r.Labels(ctx)
	if err != nil {
		return f, err
	}
	o := HeadOptions(string(cmp.Or(r.Experiment.Task, data.SingleLabel)), labels, 0)
	o.FreshHead, o.Resolve.Revision = r.Experiment.FreshHead, r.Experiment.ModelRevision
	m, err := bert.Open(ctx, r.Experiment.Model, o)
	if err != nil {
		return f, err
	}
	adapter, err := lora.Open(r.Folder.Path(runfolder.AdapterDir), m.Store, m.DenseModules())
	if err != nil {
		return f, err
	}
	return trainedAdapter(m, adapter, title, caption)
}

func largest(values []float64) float64 {
	most := 0.0
	for _, v := range values {
		most = max(most, math.Abs(v))
	}
	return most
}
