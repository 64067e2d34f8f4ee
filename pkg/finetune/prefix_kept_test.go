package finetune

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// short is upperToy of one epoch.
func short(t *testing.T) Experiment {
	t.Helper()
	e := upperToy(t)
	e.Training.Epochs = 1
	return e
}

// TestPrefixKey: runs that differ in what learns above share the states; a review, a
// weight below, the tokenizer, the cut, the number of layers and the number formats each
// make others.
func TestPrefixKey(t *testing.T) {
	dir := ownCache(t)
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
	if n := len(kept(t, dir)); n != 12 {
		t.Errorf("%d files are kept, expected 12", n)
	}
}

// TestPrefixKeyAtTheSamePath: states belong to what a model holds and to what reviews say,
// not to where they lie.
func TestPrefixKeyAtTheSamePath(t *testing.T) {
	ownCache(t)
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

// copied is a copy of a model's folder.
func copied(t *testing.T, model string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "model")
	if err := os.CopyFS(dir, os.DirFS(model)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// disturbed is a copy of a model in which a tensor is a little different.
func disturbed(t *testing.T, model, tensor string) string {
	t.Helper()
	dir := copied(t, model)
	path := filepath.Join(dir, "model.safetensors")
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var named []safetensors.Named
	for _, name := range f.Names() {
		values, err := f.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		if name == tensor {
			values[len(values)-1] += 0.001
			tensor = ""
		}
		_, shape, _ := f.Info(name)
		n, err := safetensors.FromTensor(name, tensors.FromFlatDataAndDimensions(values, shape...))
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, n)
	}
	if tensor != "" {
		t.Fatalf("%s has no %s", path, tensor)
	}
	if err := errors.Join(f.Close(), safetensors.Write(path, named, nil)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// edited gives the experiment a copy of its model with a text replaced in a file.
func edited(t *testing.T, e *Experiment, file, from, to string) {
	t.Helper()
	e.Model = copied(t, e.Model)
	edit(t, filepath.Join(e.Model, file), from, to)
}

// swapped gives it a copy whose vocabulary has two pieces in each other's place.
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

// TestPrefixDamage: states that were damaged anywhere are found out and computed again
// from there on, and the training is that of sound ones.
func TestPrefixDamage(t *testing.T) {
	dir := ownCache(t)
	e := short(t)
	e.Data.Train, e.Data.Validation = 24, 24 // one batch
	_, want, all := trainToy(t, e)
	file := kept(t, dir)[0]
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(2, 2))
	for name, spoil := range map[string]func(b []byte) []byte{
		"cut short":     func(b []byte) []byte { return b[:len(b)-1] },
		"empty":         func(b []byte) []byte { return nil },
		"longer":        func(b []byte) []byte { return append(b, 0) },
		"no magic":      func(b []byte) []byte { b[0]++; return b },
		"another's key": func(b []byte) []byte { b[len(prefixMagic)]++; return b },
		"seconds":       func(b []byte) []byte { b[prefixHeader-prefixSum-1]++; return b },
		"a value":       func(b []byte) []byte { b[prefixHeader+rng.IntN(len(b)-prefixHeader)] ^= 4; return b },
		"a checksum":    func(b []byte) []byte { b[len(b)-1]++; return b },
	} {
		if err := os.WriteFile(file, spoil(append([]byte(nil), sound...)), 0o644); err != nil {
			t.Fatal(err)
		}
		_, got, n := trainToy(t, e)
		if expected := map[bool]int{true: 0, false: all}[name == "longer"]; n != expected || got.BestLoss != want.BestLoss {
			t.Errorf("%s: the states of %d reviews were computed, expected %d; loss %v, expected %v", name, n, expected, got.BestLoss, want.BestLoss)
		}
		mended, err := os.ReadFile(file)
		if err != nil || string(mended[prefixHeader:]) != string(sound[prefixHeader:]) {
			t.Errorf("%s: the file was not mended (%v)", name, err)
		}
	}
}

// TestPrefixStopped: a computation of states that is stopped, or cut off, goes on behind
// the batches that it has, and nothing is at the file's place before it is whole.
func TestPrefixStopped(t *testing.T) {
	dir := ownCache(t)
	e := short(t)
	e.Data.Source, e.Data.Train = toytest.DataOf(t, 300, 80), 200 // three batches, of 102 reviews at most
	_, want, all := trainToy(t, e)
	file := kept(t, dir)[0]
	sound, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(t.TempDir(), "run")
	stopped := func(after int) {
		t.Helper()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		display := &computed{Progress: progress.Nop}
		display.each = func(done int) {
			if display.reviews >= after {
				cancel()
			}
		}
		r := openToy(t, run, e, Options{Backend: testenv.GoBackend(t), Progress: display})
		_, err := r.Train(ctx)
		if !errors.Is(err, ErrStopped) || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "hidden states of") {
			t.Fatalf("stopped while states were computed: %v", err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if files := kept(t, dir); len(files) != 0 {
			t.Fatalf("%q are there before they are whole", files)
		}
	}
	stopped(1)
	stopped(1)
	part := strings.TrimSuffix(file, statesFile) + partFile
	begun, err := os.ReadFile(part)
	if err != nil || len(begun) < len(sound)/2 {
		t.Fatalf("%d of %d bytes are kept (%v)", len(begun), len(sound), err)
	}
	// A machine that goes down may leave the last batch half written.
	if err := os.WriteFile(part, begun[:len(begun)-99], 0o644); err != nil {
		t.Fatal(err)
	}
	display := &computed{Progress: progress.Nop}
	r := openToy(t, run, e, Options{Backend: testenv.GoBackend(t), Progress: display})
	got, err := r.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if display.reviews == 0 || display.reviews >= all || got.BestLoss != want.BestLoss {
		t.Errorf("the states of %d of %d reviews were computed, loss %v, expected %v", display.reviews, all, got.BestLoss, want.BestLoss)
	}
	whole, err := os.ReadFile(file)
	if err != nil || string(whole[prefixHeader:]) != string(sound[prefixHeader:]) {
		t.Errorf("states that were computed in parts differ (%v)", err)
	}
	if _, err := os.Stat(part); err == nil {
		t.Errorf("%s is left", part)
	}
}

// TestPrefixBound: what is too large is refused before anything is computed; what was not
// used for longest makes room, but not what a run reads.
func TestPrefixBound(t *testing.T) {
	dir := ownCache(t)
	e := short(t)
	train := func(seed, limit int64) (*Trained, error) {
		e := e
		e.Seed = seed
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t), MaxPrefixBytes: limit})
		return r.Train(context.Background())
	}
	_, err := train(1, 10_000)
	var large *PrefixSizeError
	if !errors.As(err, &large) || large.Limit != 10_000 || large.Bytes <= large.Limit || large.InUse != 0 {
		t.Fatalf("too small a limit: %v", err)
	}
	for _, text := range []string{"10 kB", "MaxPrefixBytes", "bfloat16", "max_length", "136 reviews"} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) > 1 {
		t.Errorf("%v is left", entries)
	}
	for seed := range int64(3) {
		if _, err := train(seed+1, 0); err != nil {
			t.Fatal(err)
		}
	}
	files := kept(t, dir)
	if len(files) != 3 {
		t.Fatalf("%q, expected 3 files", files)
	}
	// The second was used last, the first before it.
	oldest := time.Now().Add(-3 * time.Hour)
	for i, file := range []string{files[2], files[0], files[1]} {
		when := oldest.Add(time.Duration(i) * time.Hour)
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	room := 3*large.Bytes + large.Bytes/2
	if _, err := train(4, room); err != nil {
		t.Fatal(err)
	}
	left := strings.Join(kept(t, dir), " ")
	if n := len(kept(t, dir)); n != 3 || strings.Contains(left, files[2]) {
		t.Errorf("%d files are left, among them the one not used for longest: %v", n, strings.Contains(left, files[2]))
	}
	// The next oldest is in use: the one after it goes. With all in use nothing can.
	use := func(file string) func() {
		lock, err := lockStates(context.Background(), strings.TrimSuffix(file, statesFile), true, func() {})
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			if err := lock.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	release := use(files[0])
	if _, err := train(5, room); err != nil {
		t.Fatal(err)
	}
	left = strings.Join(kept(t, dir), " ")
	if !strings.Contains(left, files[0]) || strings.Contains(left, files[1]) {
		t.Error("what is in use went, or what is not stayed")
	}
	_, err = train(6, large.Bytes+large.Bytes/2)
	release()
	if !errors.As(err, &large) || large.InUse == 0 || !strings.Contains(err.Error(), "in use by other runs") {
		t.Errorf("with the room in use: %v", err)
	}
}

// TestPrefixTogether: two runs that need the same states at once compute them once.
func TestPrefixTogether(t *testing.T) {
	ownCache(t)
	e := short(t)
	counts, errs := make(chan int, 2), make(chan error, 2)
	for range 2 {
		display := &computed{Progress: progress.Nop}
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t), Progress: display})
		go func() {
			_, err := r.Train(context.Background())
			counts <- display.reviews
			errs <- err
		}()
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	if n := <-counts + <-counts; n != e.Data.Train+e.Data.Validation {
		t.Errorf("the states of %d reviews were computed in all, expected %d", n, e.Data.Train+e.Data.Validation)
	}
}
