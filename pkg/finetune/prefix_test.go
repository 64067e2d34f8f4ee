package finetune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// upperToy is an experiment with a model of two layers without dropout, of which the upper one is
// adapted.
func upperToy(t *testing.T) Experiment {
	t.Helper()
	e := toy(t)
	edit(t, filepath.Join(e.Model, "config.json"), `_dropout_prob": 0.1`, `_dropout_prob": 0`)
	e.Adapter.LayersToTransform = []int{1}
	e.Training.PrefixCache = precision.Float32
	return e
}

// upperTags is upperToy for data.TokenClassification.
func upperTags(t *testing.T) Experiment {
	t.Helper()
	e := tagToy(t)
	edit(t, filepath.Join(e.Model, "config.json"), `_dropout_prob": 0.1`, `_dropout_prob": 0`)
	e.Adapter.Dropout, e.Adapter.LayersToTransform = 0, []int{1}
	e.Training.PrefixCache = precision.Float32
	return e
}

// edit replaces a text in a file.
func edit(t *testing.T, path, from, to string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), from) {
		t.Fatalf("%s does not contain %s", path, from)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), from, to)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// trainToy trains the experiment in a new folder. It returns the number of examples whose states
// were computed.
func trainToy(t *testing.T, e Experiment) (*Run, *Trained, int) {
	t.Helper()
	return trainOn(t, e, testenv.GoBackend(t))
}

func trainOn(t *testing.T, e Experiment, engine compute.Backend) (*Run, *Trained, int) {
	t.Helper()
	counter := &toytest.StatesProgress{}
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: engine, Progress: counter})
	done, err := r.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return r, done, counter.Computed()
}

// Without dropout in the model, training on cached states equals training of the whole network,
// with its history, adapter and report, for all trainable weights and numbers of frozen layers.
func TestPrefixChangesNothing(t *testing.T) {
	dir := toytest.CacheDir(t)
	tags := func(e *Experiment) {
		of := upperTags(t)
		e.Task, e.Data, e.Model, e.Training.LearningRate = of.Task, of.Data, of.Model, of.Training.LearningRate
	}
	for name, c := range map[string]struct {
		change func(*Experiment)
		layers int
		states int64 // cached states of an example: 0 for every token, 1 for the first
	}{
		"tags":        {tags, 1, 0},
		"tags head":   {func(e *Experiment) { tags(e); e.Method, e.Adapter = HeadOnly, lora.Config{} }, 2, 0},
		"lora":        {func(e *Experiment) {}, 1, 0},
		"accumulated": {func(e *Experiment) { e.Training.Accumulate = 2 }, 1, 0},
		"dora": {func(e *Experiment) {
			e.Adapter.DoRA, e.Adapter.ModulesToSave = true, []string{"classifier", "pooler.dense"}
		}, 1, 0},
		"pissa": {func(e *Experiment) { e.Adapter.Init = lora.InitPiSSA }, 1, 0},
		"eva":   {func(e *Experiment) { e.Adapter.Init = lora.InitEVA }, 1, 0},
		"shira": {func(e *Experiment) {
			e.Adapter = lora.Config{PeftType: lora.SHiRA, R: 4, TargetRegexp: `.*layer\.1\..*query`}
		}, 1, 0},
		"biases": {func(e *Experiment) { e.Adapter.Bias = lora.BiasLoRAOnly }, 1, 0},
		"pooler": {func(e *Experiment) { e.Adapter = lora.Config{R: 4, TargetModules: []string{"pooler.dense"}} }, 2, 1},
		"head":   {func(e *Experiment) { e.Method, e.Adapter = HeadOnly, lora.Config{} }, 2, 1},
		"head and pooler": {func(e *Experiment) {
			e.Method, e.Adapter = HeadOnly, lora.Config{ModulesToSave: []string{"classifier", "pooler.dense"}}
		}, 2, 1},
	} {
		t.Run(name, func(t *testing.T) {
			e := upperToy(t)
			e.Training.Epochs = 2
			c.change(&e)
			engine := testenv.GoBackend(t)
			if name == "lora" || name == "head" || name == "tags" {
				engine = toytest.Backend(t) // XLA, if it is available
			}
			r, got, computed := trainOn(t, e, engine)
			e.Training.PrefixCache = ""
			plain, want, none := trainOn(t, e, engine)
			if none != 0 || want.Prefix != nil || computed > e.Data.Train+e.Data.Validation {
				t.Errorf("states of %d reviews were computed without a cache, of %d with one", none, computed)
			}
			if p := got.Prefix; p == nil || p.Layers != c.layers || !(p.Seconds > 0) || c.states == 1 && p.Bytes > int64(16*4*(e.Data.Train+e.Data.Validation)+1000) || !strings.Contains(got.String(), "layers were computed once") {
				t.Errorf("the cache is %+v, expected %d layers", got.Prefix, c.layers)
			}
			if got.Steps != want.Steps || got.BestStep != want.BestStep || got.Tokens != want.Tokens || math.Abs(got.BestLoss-want.BestLoss) > 1e-5 {
				t.Errorf("trained %+v, expected %+v", got, want)
			}
			a, errA := r.Folder.ReadHistory()
			b, errB := plain.Folder.ReadHistory()
			if errA != nil || errB != nil || len(a) != len(b) {
				t.Fatalf("%d and %d lines (%v, %v)", len(a), len(b), errA, errB)
			}
			for i := range a {
				if math.Abs(a[i].Loss-b[i].Loss) > 1e-5 || a[i].Accuracy != b[i].Accuracy || math.Abs(a[i].GradNorm-b[i].GradNorm) > 1e-4 {
					t.Errorf("line %d: %+v, expected %+v", i, a[i], b[i])
				}
			}
			file := runfolder.AdapterDir + "/" + lora.TensorsFile
			if e.Method == HeadOnly {
				file = runfolder.HeadDir + "/" + runfolder.HeadFile
			}
			nearTensors(t, r.Folder.Path(file), plain.Folder.Path(file), 1e-4)
		})
	}
	if files := toytest.StatesFiles(t, dir); len(files) == 0 {
		t.Errorf("%s has no files of states", dir)
	}
}

// nearTensors compares the values of the tensors of two files.
func nearTensors(t *testing.T, got, want string, tolerance float64) {
	t.Helper()
	a, err := safetensors.Open(got)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := safetensors.Open(want)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if fmt.Sprint(a.Names()) != fmt.Sprint(b.Names()) {
		t.Fatalf("%q, expected %q", a.Names(), b.Names())
	}
	for _, name := range a.Names() {
		if kind, _, _ := a.Info(name); kind != "F32" {
			continue
		}
		x, errX := a.Float32(name)
		y, errY := b.Float32(name)
		if errX != nil || errY != nil || len(x) != len(y) {
			t.Fatalf("%s: %v, %v", name, errX, errY)
		}
		for i := range x {
			if !(math.Abs(float64(x[i]-y[i])) <= tolerance) {
				t.Errorf("%s: value %d is %v, expected %v", name, i, x[i], y[i])
				break
			}
		}
	}
}

// States in bfloat16 take half the space and have nearly, but not exactly, the same result.
func TestPrefixBFloat16(t *testing.T) {
	toytest.CacheDir(t)
	e := upperToy(t)
	_, whole, _ := trainToy(t, e)
	e.Training.PrefixCache = precision.BFloat16
	_, half, _ := trainToy(t, e)
	if d := math.Abs(half.BestLoss - whole.BestLoss); d == 0 || d > 0.02 {
		t.Errorf("loss %v with bfloat16, %v with float32", half.BestLoss, whole.BestLoss)
	}
	if r := float64(half.Prefix.Bytes) / float64(whole.Prefix.Bytes); r < 0.49 || r > 0.52 {
		t.Errorf("%d bytes of bfloat16, %d of float32", half.Prefix.Bytes, whole.Prefix.Bytes)
	}
}

// The frozen layers have no dropout, the layers above have it.
func TestPrefixDropout(t *testing.T) {
	toytest.CacheDir(t)
	losses := map[string]float64{}
	for name, cut := range map[string]bool{"without": true, "with": false} {
		e := upperToy(t)
		e.Adapter.Dropout = 0
		if !cut {
			edit(t, filepath.Join(e.Model, "config.json"), `_dropout_prob": 0,`, `_dropout_prob": 0.1,`)
		}
		_, done, _ := trainToy(t, e)
		losses[name] = done.BestLoss
	}
	if losses["with"] == losses["without"] {
		t.Errorf("the losses are %v: dropout in the upper layers has no effect", losses)
	}
}

// A training on cached states is stopped and resumed exactly, even if the cache is deleted in
// between.
func TestPrefixResume(t *testing.T) {
	t.Run("classes", func(t *testing.T) { resumeOnStates(t, upperToy(t)) })
	t.Run("tags", func(t *testing.T) {
		e := upperTags(t)
		e.Training.Epochs = 3
		resumeOnStates(t, e)
	})
}

func resumeOnStates(t *testing.T, e Experiment) {
	t.Helper()
	dir := toytest.CacheDir(t)
	edit(t, filepath.Join(e.Model, "config.json"), `_dropout_prob": 0,`, `_dropout_prob": 0.1,`)
	whole, want, _ := trainToy(t, e)
	broken := filepath.Join(t.TempDir(), "broken")
	var got *Trained
	for stops := 0; got == nil; stops++ {
		ctx, cancel := context.WithCancel(context.Background())
		r := openToy(t, broken, e, Options{Backend: testenv.GoBackend(t)})
		lines := 0
		held, err := r.Folder.ReadHistory()
		if err != nil {
			t.Fatal(err)
		}
		r.options.OnHistory = func(runfolder.HistoryLine) {
			if lines++; lines == len(held)+5 {
				cancel()
			}
		}
		got, err = r.Train(ctx)
		cancel()
		if err != nil && !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if stops == 1 {
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		if got != nil && stops < 2 {
			t.Fatalf("training was stopped %d times", stops)
		}
	}
	if got.BestLoss != want.BestLoss || got.Prefix.Bytes != want.Prefix.Bytes {
		t.Errorf("resumed %+v, uninterrupted %+v", got, want)
	}
	for _, file := range []string{runfolder.CheckpointsDir + "/" + trainer.CheckpointFile, runfolder.AdapterDir + "/" + lora.TensorsFile} {
		a, b := toytest.TensorsOf(t, whole.Folder.Path(file)), toytest.TensorsOf(t, filepath.Join(broken, file))
		for name := range a {
			if a[name] != b[name] {
				t.Errorf("%s: %s differs", file, name)
			}
		}
	}
}

// Each invalid use of the cache is named in the error.
func TestPrefixFaults(t *testing.T) {
	toytest.CacheDir(t)
	for name, c := range map[string]struct {
		change func(*Experiment)
		says   []string
	}{
		"unknown format": {func(e *Experiment) { e.Training.PrefixCache = "int8" }, []string{"int8", "float32", "bfloat16"}},
		"full":           {func(e *Experiment) { e.Method, e.Adapter = Full, lora.Config{} }, []string{"full", "every layer"}},
		"first layer":    {func(e *Experiment) { e.Adapter.LayersToTransform = nil }, []string{"bert.encoder.layer.0.attention.self.", "lowest layer", "layers_to_transform [1]"}},
		"embeddings": {func(e *Experiment) {
			e.Adapter = lora.Config{R: 2, TargetModules: []string{"word_embeddings"}}
		}, []string{"bert.embeddings.word_embeddings.", "below all layers"}},
		"all biases": {func(e *Experiment) { e.Adapter.Bias = lora.BiasAll }, []string{"bias", "is trainable"}},
	} {
		t.Run(name, func(t *testing.T) {
			e := upperToy(t)
			c.change(&e)
			r, err := Open(filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
			if err == nil {
				defer r.Close()
				_, err = r.Train(context.Background())
			}
			toytest.WantField(t, err, "training.prefix_cache")
			for _, text := range c.says {
				if err == nil || !strings.Contains(err.Error(), text) {
					t.Errorf("the error does not say %q: %v", text, err)
				}
			}
		})
	}
	if _, err := Open(filepath.Join(t.TempDir(), "run"), upperToy(t), Options{Backend: testenv.GoBackend(t), MaxPrefixBytes: -1}); err == nil || !strings.Contains(err.Error(), "MaxPrefixBytes") {
		t.Errorf("a limit below 0: %v", err)
	}
}
