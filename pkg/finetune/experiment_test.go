package finetune

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/pretrain"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/schedule"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// Each invalid field is named in the error, and no folder is created.
func TestExperimentFaults(t *testing.T) {
	for field, spoil := range map[string]func(*Experiment){
		"data.train":          func(e *Experiment) { e.Data.Train = 1 },
		"data.max_length":     func(e *Experiment) { e.Data.MaxLength = 2 },
		"training.epochs":     func(e *Experiment) { e.Training.Epochs = -1 },
		"training.batch_size": func(e *Experiment) { e.Training.BatchSize = -4 },
		"batch_size is 1099511627776, expected at most 65536 with data.max_length 256": func(e *Experiment) { e.Training.BatchSize = 1 << 40 },
		"training.epochs is 4611686018427387904, expected at most 2147483647":          func(e *Experiment) { e.Training.Epochs = 1 << 62 },
		"training.learning_rate": func(e *Experiment) { e.Training.LearningRate = -0.1 },
		"training.warmup":        func(e *Experiment) { e.Training.Warmup = 1.5 },
		"training.precision":     func(e *Experiment) { e.Training.Precision = "float8" },
		"training.schedule":      func(e *Experiment) { e.Training.Schedule = "stairs" },
		"training.max_grad_norm": func(e *Experiment) { e.Training.MaxGradNorm = -2 },
		"lora_dropout":           func(e *Experiment) { e.Adapter.Dropout = 1 },
	} {
		t.Run(field, func(t *testing.T) {
			var e Experiment
			spoil(&e)
			dir := filepath.Join(t.TempDir(), "run")
			_, err := Open(dir, e, Options{Backend: toytest.Backend(t)})
			if err == nil || !strings.Contains(err.Error(), field) {
				t.Errorf("the error does not name the field: %v", err)
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("a folder was created")
			}
		})
	}
}

// Faults that appear only when the work begins are named, and the folder contains the experiment
// alone.
func TestRunFaults(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*testing.T, *Experiment)
		says  []string
	}{
		"more reviews than the data has": {func(t *testing.T, e *Experiment) { e.Data.Train = 5000 }, []string{"data.train", "5000", "-1 takes all"}},
		"longer than the model allows":   {func(t *testing.T, e *Experiment) { e.Data.MaxLength = 64 }, []string{"data.max_length", "64", "20"}},
		"no such model":                  {func(t *testing.T, e *Experiment) { e.Model = "./nowhere" }, []string{"./nowhere", "the folder does not exist"}},
		"no such target":                 {func(t *testing.T, e *Experiment) { e.Adapter = lora.Config{TargetModules: []string{"qurey"}} }, []string{"qurey", "query"}},
		"an untrained pooler that is not saved": {func(t *testing.T, e *Experiment) {
			e.Adapter = lora.Config{ModulesToSave: []string{}, TaskType: lora.NoTask}
		}, []string{"adapter.modules_to_save", "classifier"}},
		"no test half and one example of each class": {func(t *testing.T, e *Experiment) {
			e.Data.Source = filepath.Join(t.TempDir(), "two.csv")
			if err := os.WriteFile(e.Data.Source, []byte("text,label\na b c,bad\nc d e,good\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}, []string{"data.source", "no test half", "add examples"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := toy(t)
			c.spoil(t, &e)
			r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
			_, err := r.Train(context.Background())
			if err == nil {
				t.Fatal("trained")
			}
			for _, text := range c.says {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not say %q: %v", text, err)
				}
			}
			for _, name := range []string{runfolder.AdapterDir, runfolder.CheckpointsDir, runfolder.ReportFile, "training.json"} {
				if r.Folder.Has(name) {
					t.Errorf("%s remains", name)
				}
			}
		})
	}
}

// TestChangedExperiment: another experiment under the same name is refused, field by field.
func TestChangedExperiment(t *testing.T) {
	e := toy(t)
	dir := filepath.Join(t.TempDir(), "run")
	if err := openToy(t, dir, e, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	e.Training.LearningRate, e.Adapter.R = 0.5, 2
	_, err := Open(dir, e, Options{Backend: toytest.Backend(t)})
	var changed *runfolder.ChangedError
	if !errors.As(err, &changed) || len(changed.Changes) != 2 {
		t.Fatalf("got %v, expected two changes", err)
	}
	for _, text := range []string{"training.learning_rate", "0.02", "0.5", "adapter.r"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
}

// The results and weights of another version of lorabook-tiny are not taken for those of this
// version.
func TestTinyVersion(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := openToy(t, dir, Experiment{}, Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, runfolder.ExperimentFile)
	now, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	version, err := tiny.Version()
	if err != nil {
		t.Fatal(err)
	}
	before := bytes.Replace(now, []byte(version), []byte("another"), 1)
	if err := os.WriteFile(path, before, 0o644); err != nil {
		t.Fatal(err)
	}
	var changed *runfolder.ChangedError
	if _, err := Open(dir, Experiment{}, Options{Backend: toytest.Backend(t)}); !errors.As(err, &changed) || !strings.Contains(err.Error(), "model_version") {
		t.Errorf("opened: %v", err)
	}
	var field *FieldError
	for name, e := range map[string]Experiment{"another": {ModelVersion: "another"}, "of a folder": {Model: toytest.Model(t), ModelVersion: version}} {
		if _, err := Open(filepath.Join(t.TempDir(), "run"), e, Options{Backend: toytest.Backend(t)}); !errors.As(err, &field) || field.Field != "model_version" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := classify.Open(context.Background(), "", dir, classify.Options{}); !errors.As(err, &field) || !strings.Contains(err.Error(), "another") {
		t.Errorf("its classifier: %v", err)
	}
}

// TestSettingsHaveEffect: every setting of training and data changes the result.
func TestSettingsHaveEffect(t *testing.T) {
	testenv.NeedsTime(t, "it trains once for each setting")
	base := toy(t)
	base.Data.Train, base.Training.Epochs = 48, 2
	trained := func(change func(*Experiment)) string {
		e := base
		change(&e)
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
		done, err := r.Train(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		text, err := json.Marshal([]any{done.Steps, done.BestStep, done.BestLoss, done.Tokens,
			toytest.TensorsOf(t, r.Folder.Path(runfolder.CheckpointsDir, trainer.CheckpointFile))})
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	same := trained(func(*Experiment) {})
	if trained(func(*Experiment) {}) != same {
		t.Fatal("the same experiment gave two results")
	}
	for name, change := range map[string]func(*Experiment){
		"seed":       func(e *Experiment) { e.Seed = 9 },
		"data.seed":  func(e *Experiment) { e.Data.Seed = 9 },
		"train":      func(e *Experiment) { e.Data.Train = 32 },
		"validation": func(e *Experiment) { e.Data.Validation = 20 },
		"max_length": func(e *Experiment) { e.Data.MaxLength = 8 },
		"test_share": func(e *Experiment) {
			e.Data.Source, e.Data.TestShare = filepath.Join(e.Data.Source, "train.jsonl"), 0.3
			e.Data.Test = 40 // the held-out half has 60
		},
		"epochs":        func(e *Experiment) { e.Training.Epochs = 3 },
		"batch_size":    func(e *Experiment) { e.Training.BatchSize = 8 },
		"accumulate":    func(e *Experiment) { e.Training.Accumulate = 2 },
		"learning_rate": func(e *Experiment) { e.Training.LearningRate = 0.01 },
		"precision":     func(e *Experiment) { e.Training.Precision = precision.BFloat16 },
		"schedule":      func(e *Experiment) { e.Training.Schedule = schedule.Cosine },
		"warmup":        func(e *Experiment) { e.Training.Warmup = 0.5 },
		"weight_decay":  func(e *Experiment) { e.Training.WeightDecay = 0.1 },
		"adam_beta1":    func(e *Experiment) { e.Training.Beta1 = 0.5 },
		"adam_beta2":    func(e *Experiment) { e.Training.Beta2 = 0.9 },
		"adam_epsilon":  func(e *Experiment) { e.Training.Epsilon = 1e-2 },
		"max_grad_norm": func(e *Experiment) { e.Training.MaxGradNorm = 0.1 },
		"lora r":        func(e *Experiment) { e.Adapter.R = 2 },
		"lora alpha":    func(e *Experiment) { e.Adapter.Alpha = 32 },
		"lora dropout":  func(e *Experiment) { e.Adapter.Dropout = 0.5 },
	} {
		if trained(change) == same {
			t.Errorf("%s has no effect", name)
		}
	}
	evaluations := 0
	e := base
	e.Training.Evaluations = 3
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{OnHistory: func(l runfolder.HistoryLine) {
		if l.Kind == runfolder.EvalLine {
			evaluations++
		}
	}})
	if _, err := r.Train(context.Background()); err != nil {
		t.Fatal(err)
	}
	if want := 3 * e.Training.Epochs; evaluations != want {
		t.Errorf("%d evaluations, expected %d", evaluations, want)
	}
	// Patience: with a learning rate that only increases the loss, the first evaluation stays the
	// best.
	e = base
	e.Training.LearningRate, e.Training.Epochs, e.Training.Patience = 5, 10, 2
	r = openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
	done, err := r.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if !done.StoppedEarly || done.Steps >= done.Planned {
		t.Errorf("patience did not stop %+v", done)
	}
}

// The Go backend with a bounded pool would deadlock in the baseline.
func TestBoundedPoolIsRefused(t *testing.T) {
	bounded, err := compute.NewWithConfig("go:parallelism=2")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	_, open := Open(dir, toy(t), Options{Backend: bounded})
	_, pretraining := pretrain.Run(context.Background(), dir, aPretraining(t), pretrain.Options{Backend: bounded})
	m, err := bert.Open(context.Background(), toytest.Model(t), bert.Options{Head: bert.Classification, Labels: []string{"a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	_, predict := classify.NewPredictor(bounded, m, m.Encoder(), 20)
	for name, err := range map[string]error{"Open": open, "Pretrain": pretraining, "NewPredictor": predict} {
		if err == nil || !strings.Contains(err.Error(), "go:parallelism=-1") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if option := strings.HasPrefix(err.Error(), "options: Backend: "); option != (name != "NewPredictor") {
			t.Errorf("%s: the error names an option of Open or Run, or a parameter otherwise: %v", name, err)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a folder was created")
	}
}
