package finetune

import (
	"context"
	"path/filepath"
	"reflect"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A report from an empty folder opens the model once and tokenizes each split once, for any
// number of evaluations.
func TestReportOpensOnce(t *testing.T) {
	for _, name := range []string{"LoRA", "EVA", "prefix"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			e := toy(t)
			switch name {
			case "EVA":
				e.Adapter.Init = lora.InitEVA
			case "prefix":
				e.Adapter.LayersToTransform, e.Training.PrefixCache = []int{1}, precision.Float32
			}
			var work []string
			r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
			r.options.watch = func(w string) { work = append(work, w) }
			if _, err := r.Report(context.Background()); err != nil {
				t.Fatal(err)
			}
			slices.Sort(work)
			if want := []string{"open the model", "tokenize test", "tokenize train", "tokenize validation"}; !slices.Equal(work, want) {
				t.Errorf("the work was %q, expected each once: %q", work, want)
			}
		})
	}
}

// A report with one open model equals, to the bit, a report whose baseline, training and
// evaluation each opened the model, with every method.
func TestReportIsThatOfItsParts(t *testing.T) {
	for name, change := range map[string]func(*Experiment){
		"LoRA":     func(*Experiment) {},
		"bfloat16": func(e *Experiment) { e.Training.Precision = precision.BFloat16 },
		"PiSSA":    func(e *Experiment) { e.Adapter.Init = lora.InitPiSSA },
		"PiSSA, bfloat16": func(e *Experiment) {
			e.Adapter.Init, e.Training.Precision = lora.InitPiSSA, precision.BFloat16
		},
		"EVA":     func(e *Experiment) { e.Adapter.Init = lora.InitEVA },
		"DoRA":    func(e *Experiment) { e.Adapter.DoRA = true },
		"modules": func(e *Experiment) { e.Adapter.ModulesToSave = []string{"classifier", "pooler.dense"} },
		"head":    func(e *Experiment) { e.Method, e.Adapter = HeadOnly, lora.Config{} },
		"full": func(e *Experiment) {
			e.Method, e.Adapter, e.Training.LearningRate = Full, lora.Config{}, 2e-3
		},
	} {
		t.Run(name, func(t *testing.T) {
			e, root, ctx := toy(t), t.TempDir(), context.Background()
			e.Training.Epochs = 2
			change(&e)
			backend := testenv.GoBackend(t)
			whole := openToy(t, filepath.Join(root, "whole"), e, Options{Backend: backend})
			if _, err := whole.Report(ctx); err != nil {
				t.Fatal(err)
			}
			parts := openToy(t, filepath.Join(root, "parts"), e, Options{Backend: backend})
			if _, err := parts.Baseline(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := parts.Train(ctx); err != nil {
				t.Fatal(err)
			}
			if _, err := parts.Report(ctx); err != nil {
				t.Fatal(err)
			}
			for _, file := range []string{runfolder.BaselinePredictionsFile, runfolder.ReportPredictionsFile} {
				a, errA := whole.Folder.ReadPredictions(file)
				b, errB := parts.Folder.ReadPredictions(file)
				if errA != nil || errB != nil || !reflect.DeepEqual(a, b) {
					t.Errorf("%s differs (%v, %v)", file, errA, errB)
				}
			}
			file := filepath.Join(runfolder.CheckpointsDir, trainer.CheckpointFile)
			toytest.SameTensors(t, file, toytest.TensorsOf(t, whole.Folder.Path(file)), toytest.TensorsOf(t, parts.Folder.Path(file)))
		})
	}
}
