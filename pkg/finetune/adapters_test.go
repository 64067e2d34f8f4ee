package finetune

import (
	"context"
	"math"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// trainedToy returns a finished run of the toy experiment with the given adapter.
func trainedToy(t *testing.T, adapter lora.Config) *Run {
	t.Helper()
	e := toy(t)
	e.Adapter = adapter
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
	if _, err := r.Report(context.Background()); err != nil {
		t.Fatal(err)
	}
	return r
}

// The best state of every adapter type is restored for the report, and a Classifier, which merges
// the adapter, answers like the trained network.
func TestAdapterTypes(t *testing.T) {
	ctx := context.Background()
	for name, adapter := range map[string]lora.Config{
		"embeddings": ofEmbeddings,
		"SHiRA":      {PeftType: lora.SHiRA, Fraction: 0.2, TargetModules: []string{lora.AllLinear}, ModulesToSave: []string{"classifier", "pooler"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := trainedToy(t, adapter)
			report, err := r.Report(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if report.After.Accuracy <= report.Before.Accuracy {
				t.Errorf("accuracy %g after %g: training had no effect", report.After.Accuracy, report.Before.Accuracy)
			}
			n := openNetwork(t, r, true)
			if err := n.adapter.Load(r.Folder.Path(runfolder.AdapterDir)); err != nil {
				t.Fatal(err)
			}
			predictions, err := r.predict(ctx, n, r.examples.Test, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			_, want, err := predictions.Answers()
			if err != nil {
				t.Fatal(err)
			}
			c, err := classify.Open(ctx, r.Experiment.Model, r.Folder.Path(runfolder.AdapterDir), classify.Options{Labels: r.examples.Labels})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			got, err := c.Classify(ctx, data.Texts(r.examples.Test))
			if err != nil {
				t.Fatal(err)
			}
			for i, answer := range got {
				if d := math.Abs(answer.Probabilities[1] - want[i][1]); !(d < 1e-5) {
					t.Fatalf("review %d: probability %g merged, %g unmerged", i, answer.Probabilities[1], want[i][1])
				}
			}
		})
	}
}
