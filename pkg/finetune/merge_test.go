package finetune

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/finetune/internal/weights"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// TestMerge trains with each method. The saved weights give the logits of the report, in a
// Classifier and, merged, in transformers.
func TestMerge(t *testing.T) {
	testenv.NeedsTime(t, "it merges by every method")
	ctx := context.Background()
	for name, change := range map[string]func(*Experiment){
		"LoRA": func(*Experiment) {},
		"DoRA": func(e *Experiment) { e.Adapter.DoRA = true },
		"head": func(e *Experiment) { *e = toyOf(t, HeadOnly) },
		"full": func(e *Experiment) { *e = toyOf(t, Full) },
	} {
		t.Run(name, func(t *testing.T) {
			e := toy(t)
			change(&e)
			dir := filepath.Join(t.TempDir(), "run")
			r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
			report, err := r.Report(ctx)
			if err != nil {
				t.Fatal(err)
			}
			trained := report.Training
			if trained.PeakBytes < 1<<20 || len(trained.EpochSeconds) != e.Training.Epochs || !(trained.SecondsPerEpoch() > 0) || report.AdapterBytes == 0 {
				t.Errorf("peak %d bytes, epochs %v, %d bytes saved", trained.PeakBytes, trained.EpochSeconds, report.AdapterBytes)
			}
			if _, err := os.Stat(r.Folder.Path(runfolder.CheckpointsDir, weights.BestFile)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the best weights are still among the checkpoints: %v", err)
			}
			after, err := r.Folder.ReadPredictions(runfolder.ReportPredictionsFile)
			if err != nil {
				t.Fatal(err)
			}
			c, err := classify.Open(ctx, "", dir, classify.Options{MaxLength: 20})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			got, err := c.Predict(ctx, r.examples.Test, nil, "")
			if err != nil {
				t.Fatal(err)
			}
			within(t, "the classifier", got.Logits, after.Logits)

			out := filepath.Join(t.TempDir(), "merged")
			if err := classify.Merge(ctx, "", dir, out, classify.MergeOptions{}); err != nil {
				t.Fatal(err)
			}
			if err := classify.Merge(ctx, "", dir, out, classify.MergeOptions{}); err == nil {
				t.Error("an existing folder was overwritten")
			}
			want := peft(t, "model", out, "-", c.Model().Tokenizer, r.examples.Test, 20)
			logits, err := want.Float32("logits")
			if err != nil {
				t.Fatal(err)
			}
			within(t, "transformers", logits, after.Logits)
			if classes := want.Metadata()["classes"]; classes != "bad good" {
				t.Errorf("classes %q", classes)
			}
			ids, err := want.Tensor("ids")
			if err != nil {
				t.Fatal(err)
			}
			for i, id := range c.Model().Tokenizer.EncodeAll([]string{"k a b"}, 0)[0] {
				if tensors.MustCopyFlatData[int64](ids)[i] != int64(id) {
					t.Errorf("token %d is %d, in transformers %v", i, id, ids)
				}
			}
		})
	}
}

// within requires logits that are equal to 1e-5 and not constant.
func within(t *testing.T, what string, got, want []float32) {
	t.Helper()
	worst := 0.0
	for i := range want {
		worst = max(worst, math.Abs(float64(got[i])-float64(want[i])))
	}
	t.Logf("%s: %d logits within %.2g", what, len(want), worst)
	if len(got) != len(want) || !(worst <= 1e-5) || slices.Max(want)-slices.Min(want) < 1e-3 {
		t.Errorf("%s: expected %d logits within 1e-5", what, len(want))
	}
}

// Each fault is named in the error, and no folder remains.
func TestMergeFaults(t *testing.T) {
	ctx := context.Background()
	e := toyOf(t, HeadOnly)
	dir := filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
	out := filepath.Join(t.TempDir(), "merged")
	refused := func(model, dir string, says ...string) {
		t.Helper()
		err := classify.Merge(ctx, model, dir, out, classify.MergeOptions{})
		for _, text := range says {
			if err == nil || !strings.Contains(err.Error(), text) {
				t.Errorf("the error does not say %q: %v", text, err)
			}
		}
		if _, err := os.Stat(out); err == nil {
			t.Fatal("a folder remains")
		}
	}
	refused("", dir, "training is not finished", "training.json")
	refused("", t.TempDir(), "contains no trained weights", lora.ConfigFile)
	refused("", filepath.Join(dir, "nowhere"), "nowhere")
	unreadable := t.TempDir()
	if os.Symlink(runfolder.ExperimentFile, filepath.Join(unreadable, runfolder.ExperimentFile)) == nil { // to itself
		refused("", unreadable, "cannot be read", runfolder.ExperimentFile)
	}
	if _, err := r.Train(ctx); err != nil {
		t.Fatal(err)
	}
	n, err := r.open(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := n.learned.Load(); err != nil {
		t.Fatal(err)
	}
	bias := n.Variable("classifier.bias")
	if err := bias.SetValue(tensors.FromFlatDataAndDimensions([]float32{0, float32(math.Inf(1))}, 2)); err != nil {
		t.Fatal(err)
	}
	if err := n.learned.Save(); err != nil {
		t.Fatal(err)
	}
	refused("", dir, "classifier.bias", "value 1", "Inf")
	if err := os.Remove(r.Folder.Path(runfolder.HeadDir, lora.LabelsFile)); err != nil {
		t.Fatal(err)
	}
	refused(e.Model, r.Folder.Path(runfolder.HeadDir), "classifier has 2 classes", "names 3") // a head alone has no class names, and the model names three
}
