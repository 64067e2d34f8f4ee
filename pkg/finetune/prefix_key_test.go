package finetune

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// short is upperToy with one epoch.
func short(t *testing.T) Experiment {
	t.Helper()
	e := upperToy(t)
	e.Training.Epochs = 1
	return e
}

// Runs with different trainable weights share the states. Different examples, lower weights,
// tokenizers, maximum lengths, numbers of layers and number formats each have their own.
func TestPrefixKey(t *testing.T) {
	dir := toytest.CacheDir(t)
	base := short(t)
	all := base.Data.Train + base.Data.Validation
	if _, _, n := trainToy(t, base); n != all {
		t.Fatalf("the states of %d reviews were computed, expected %d", n, all)
	}
	for name, c := range map[string]struct {
		change func(*Experiment)
		shared bool
	}{
		"the same":         {func(*Experiment) {}, true},
		"rank":             {func(e *Experiment) { e.Adapter.R = 2 }, true},
		"targets":          {func(e *Experiment) { e.Adapter.TargetModules = []string{"key", "output.dense"} }, true},
		"rate and batches": {func(e *Experiment) { e.Training.LearningRate, e.Training.BatchSize = 0.01, 8 }, true},
		"test reviews":     {func(e *Experiment) { e.Data.Test = 40 }, true},
		"a weight above":   {func(e *Experiment) { e.Model = disturbed(t, e.Model, "encoder.layer.1.intermediate.dense.weight") }, true},
		"the head": {func(e *Experiment) {
			e.Adapter.LayersToTransform, e.Adapter.TargetModules = nil, []string{"pooler.dense"}
		}, false},
		"a weight below": {func(e *Experiment) { e.Model = disturbed(t, e.Model, "encoder.layer.0.output.LayerNorm.bias") }, false},
		"an embedding":   {func(e *Experiment) { e.Model = disturbed(t, e.Model, "embeddings.position_embeddings.weight") }, false},
		"activation":     {func(e *Experiment) { edited(t, e, "config.json", `"hidden_act": "gelu"`, `"hidden_act": "relu"`) }, false},
		"heads": {func(e *Experiment) {
			edited(t, e, "config.json", `"num_attention_heads": 4`, `"num_attention_heads": 2`)
		}, false},
		"tokenizer":         {func(e *Experiment) { swapped(t, e, "a", "b") }, false},
		"cut":               {func(e *Experiment) { e.Data.MaxLength = 10 }, false},
		"fewer reviews":     {func(e *Experiment) { e.Data.Train = 90 }, false},
		"another seed":      {func(e *Experiment) { e.Seed = 8 }, false},
		"bfloat16":          {func(e *Experiment) { e.Training.PrefixCache = precision.BFloat16 }, false},
		"bfloat16 products": {func(e *Experiment) { e.Training.Precision = precision.BFloat16 }, false},
	} {
		e := base
		c.change(&e)
		want := e.Data.Train + e.Data.Validation
		if c.shared {
			want = 0
		}
		if _, _, n := trainToy(t, e); n != want {
			t.Errorf("%s: the states of %d reviews were computed, expected %d", name, n, want)
		}
	}
	if n := len(toytest.StatesFiles(t, dir)); n != 12 {
		t.Errorf("%d files are kept, expected 12", n)
	}
}

// The key depends on the content of the model and the examples, not on their paths.
func TestPrefixKeyAtTheSamePath(t *testing.T) {
	toytest.CacheDir(t)
	e := short(t)
	all := e.Data.Train + e.Data.Validation
	for _, c := range []struct {
		name   string
		change func()
		want   int
	}{
		{"the first", func() {}, all},
		{"the same", func() {}, 0},
		{"weights", func() {
			other := disturbed(t, e.Model, "encoder.layer.0.output.LayerNorm.bias")
			if err := os.Rename(filepath.Join(other, "model.safetensors"), filepath.Join(e.Model, "model.safetensors")); err != nil {
				t.Fatal(err)
			}
		}, all},
		{"configuration", func() {
			toytest.ReplaceIn(t, filepath.Join(e.Model, "config.json"), `"layer_norm_eps": 1e-12`, `"layer_norm_eps": 1e-05`)
		}, all},
		{"texts", func() { toytest.ReplaceIn(t, filepath.Join(e.Data.Source, "train.jsonl"), " k ", " c ") }, all},
		{"the same again", func() {}, 0},
	} {
		c.change()
		if _, _, n := trainToy(t, e); n != c.want {
			t.Errorf("%s: the states of %d reviews were computed, expected %d", c.name, n, c.want)
		}
	}
}

// copied returns a copy of a model's folder.
func copied(t *testing.T, model string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := os.CopyFS(dir, os.DirFS(model)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// disturbed returns a copy of a model in which one tensor is slightly changed.
func disturbed(t *testing.T, model, tensor string) string {
	t.Helper()
	dir := copied(t, model)
	toytest.EditTensors(t, filepath.Join(dir, "model.safetensors"), func(all []safetensors.Named, _ map[string]string) []safetensors.Named {
		i := slices.IndexFunc(all, func(n safetensors.Named) bool { return n.Name == tensor })
		if i < 0 {
			t.Fatalf("%s has no %s", model, tensor)
		}
		last := all[i].Data[len(all[i].Data)-4:] // of float32
		binary.LittleEndian.PutUint32(last, math.Float32bits(math.Float32frombits(binary.LittleEndian.Uint32(last))+0.001))
		return all
	})
	return dir
}

// edited gives the experiment a copy of its model with a text replaced in a file.
func edited(t *testing.T, e *Experiment, file, from, to string) {
	t.Helper()
	e.Model = copied(t, e.Model)
	edit(t, filepath.Join(e.Model, file), from, to)
}

// swapped gives the experiment a copy of its model whose vocabulary has two tokens exchanged.
func swapped(t *testing.T, e *Experiment, a, b string) {
	t.Helper()
	m, err := bert.Open(t.Context(), e.Model, bert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ids := make([]int32, m.Tokenizer.VocabSize())
	for i := range ids {
		ids[i] = int32(i)
	}
	vocab := m.Tokenizer.Tokens(ids)
	for i, piece := range vocab {
		switch piece {
		case a:
			vocab[i] = b
		case b:
			vocab[i] = a
		}
	}
	if m.Tokenizer, err = tokenizers.New(vocab, m.Tokenizer.Options()); err != nil {
		t.Fatal(err)
	}
	e.Model = filepath.Join(t.TempDir(), "model")
	if err := m.Save(e.Model); err != nil {
		t.Fatal(err)
	}
}

// TestPrefixStopped: a training that is stopped during the computation of states resumes it.
// internal/prefixcache has the tests of the files.
func TestPrefixStopped(t *testing.T) {
	dir := toytest.CacheDir(t)
	e := short(t)
	e.Data.Source, e.Data.Train = toytest.DataOf(t, 300, 80), 200 // three batches, of 102 examples at most
	_, want, all := trainToy(t, e)
	if err := os.Remove(toytest.StatesFiles(t, dir)[0]); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	counter := &toytest.StatesProgress{Each: func(int) { cancel() }}
	r := openToy(t, run, e, Options{Backend: testenv.GoBackend(t), Progress: counter})
	_, err := r.Train(ctx)
	if !errors.Is(err, ErrStopped) || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "hidden states of") {
		t.Fatalf("stopped while states were computed: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	stopped := counter.Computed()
	counter.Each = nil
	r = openToy(t, run, e, Options{Backend: testenv.GoBackend(t), Progress: counter})
	got, err := r.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if stopped == 0 || stopped >= all || counter.Computed() != all || got.BestLoss != want.BestLoss {
		t.Errorf("the states of %d and then, in all, of %d of %d reviews were computed, loss %v, expected %v", stopped, counter.Computed(), all, got.BestLoss, want.BestLoss)
	}
}

// TestPrefixBound: states that are too large are refused with the settings that reduce them.
func TestPrefixBound(t *testing.T) {
	toytest.CacheDir(t)
	train := func(e Experiment, limit int64) error {
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t), MaxPrefixBytes: limit})
		_, err := r.Train(context.Background())
		return err
	}
	e := short(t)
	err := train(e, 10_000)
	var large *PrefixSizeError
	if !errors.As(err, &large) || large.Limit != 10_000 || large.Bytes <= large.Limit || large.InUse != 0 {
		t.Fatalf("too small a limit: %v", err)
	}
	for _, text := range []string{"10 kB", "MaxPrefixBytes", "bfloat16", "max_length", "136 examples"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
	e.Training.PrefixCache = precision.BFloat16
	if err := train(e, 10_000); err == nil || strings.Contains(err.Error(), "halves") || !strings.Contains(err.Error(), "max_length") {
		t.Errorf("states in bfloat16 that are too large: %v", err)
	}
	if err := train(e, 0); err != nil {
		t.Errorf("with the default limit: %v", err)
	}
}
