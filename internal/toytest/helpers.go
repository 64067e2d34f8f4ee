package toytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// GoBackend is the pure Go backend: what these tests train is too small to be worth
// XLA's seconds of compilation for every shape.
func GoBackend(t *testing.T) compute.Backend {
	t.Helper()
	backend, err := compute.NewWithConfig("go:parallelism=-1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}

// SameTensors compares to the bit.
func SameTensors(t *testing.T, what string, a, b map[string]string) {
	t.Helper()
	if len(a) == 0 || len(a) != len(b) {
		t.Errorf("%s holds %d and %d tensors", what, len(a), len(b))
	}
	for name := range a {
		if a[name] != b[name] {
			t.Errorf("%s: %s differs", what, name)
		}
	}
}

func Backend(t *testing.T) compute.Backend {
	t.Helper()
	e, err := engine.Shared()
	if err != nil {
		t.Fatal(err)
	}
	return e.Backend
}

// Model is a folder with a random BERT of 6,000 weights without a classifier.
func Model(t *testing.T) string {
	t.Helper()
	m, err := bert.Open(context.Background(), "../bert/testdata/encoder/tiny", bert.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "model")
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Data is a folder of reviews of letters; in a good one every other is a k.
func Data(t *testing.T) string { return DataOf(t, 200, 80) }

// DataOf is Data with the given numbers of reviews.
func DataOf(t *testing.T, train, test int) string {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(5, 5))
	for _, half := range []string{"train", "test"} {
		n := map[string]int{"train": train, "test": test}[half]
		f, err := os.Create(filepath.Join(dir, half+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			words := make([]string, 3+rng.IntN(13))
			for j := range words {
				words[j] = string(rune('a' + rng.IntN(10)))
			}
			for j := 0; i%2 == 1 && j < len(words); j += 2 {
				words[j] = "k"
			}
			line := map[string]any{"id": fmt.Sprint(half, i), "text": strings.Join(words, " "), "label": []string{"bad", "good"}[i%2]}
			if err := json.NewEncoder(f).Encode(line); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func NeedEnv(t *testing.T, name string) string {
	t.Helper()
	value := testenv.Get(t, name)
	if value == "" {
		t.Skipf("%s is not set: see CONTRIBUTING.md for the real models and the Python that tests compare with", name)
	}
	return value
}

// Relative is the largest difference of a tensor over the largest value wanted.
func Relative(t *testing.T, want *safetensors.File, name string, got *tensors.Tensor) float64 {
	t.Helper()
	values, err := want.Float32(name)
	if err != nil {
		t.Fatal(err)
	}
	have := tensors.MustCopyFlatData[float32](got)
	if len(have) != len(values) {
		t.Fatalf("%s has %d values, expected %d", name, len(have), len(values))
	}
	worst, most := 0.0, Largest(t, want, name)
	for i := range values {
		if d := math.Abs(float64(values[i]) - float64(have[i])); !(d <= worst) {
			worst = d
		}
	}
	if most == 0 {
		t.Fatalf("%s is all zero: nothing was compared", name)
	}
	return worst / most
}

// FlipLast changes the last byte of a file, and no time.
func FlipLast(t *testing.T, path string) {
	t.Helper()
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)-4] ^= 1
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, before.ModTime(), before.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// ReplaceIn replaces a text in a file once, and gives the file the time that it had, as
// cp -p and touch -r do.
func ReplaceIn(t *testing.T, path, from, to string) {
	t.Helper()
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := bytes.Replace(text, []byte(from), []byte(to), 1)
	if bytes.Equal(changed, text) {
		t.Fatalf("%s: cannot replace %q by %q", path, from, to)
	}
	if err := os.WriteFile(path, changed, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, before.ModTime(), before.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// WantChanged wants a *ChangedError of exactly these fields that says the texts.
func WantChanged(t *testing.T, err error, fields []string, says ...string) {
	t.Helper()
	var changed *runfolder.ChangedError
	if !errors.As(err, &changed) {
		t.Fatalf("error is %v, expected a *ChangedError", err)
	}
	var paths []string
	for _, c := range changed.Changes {
		paths = append(paths, c.Path)
		if c.Folder == c.Asked {
			t.Errorf("%s is %s on both sides", c.Path, c.Folder)
		}
	}
	if diff := cmp.Diff(fields, paths); diff != "" {
		t.Error(diff)
	}
	for _, text := range append(says, "restore the original inputs", "another name", "delete the folder") {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("the error does not say %q: %v", text, err)
		}
	}
}

// TensorsOf reads every tensor of a file as bytes, leaving its metadata out.
func TensorsOf(t *testing.T, path string) map[string]string {
	t.Helper()
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string]string{}
	for _, name := range f.Names() {
		all[name] = string(f.Bytes(name))
	}
	return all
}

// MaskedModel is a folder with the random BERT of 6,000 weights, its masked-word
// head and pooler included.
func MaskedModel(t *testing.T) string {
	t.Helper()
	m, err := bert.Open(context.Background(), "../bert/testdata/encoder/tiny", bert.Options{Head: bert.MaskedLM})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "masked")
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Texts is a file of n texts without labels, each of two letters in turn, so that
// a hidden letter follows from its neighbours.
func Texts(t *testing.T, n int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(8, 8))
	var text strings.Builder
	for i := range n {
		letters := make([]string, 4+rng.IntN(30))
		two := rng.Perm(20)
		for j := range letters {
			letters[j] = string(rune('a' + two[j%2]))
		}
		line, err := json.Marshal(map[string]any{"id": fmt.Sprint(i), "text": strings.Join(letters, " "), "split": "unsupervised"})
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	path := filepath.Join(t.TempDir(), "texts.jsonl")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// EmptyRun is a run folder that holds no result.
func EmptyRun(t *testing.T) *runfolder.Folder {
	t.Helper()
	r, err := runfolder.Create(t.TempDir(), "try", "any experiment", runfolder.CurrentEnvironment("test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

func WantField(t *testing.T, err error, field string) {
	t.Helper()
	var bad *settings.FieldError
	if !errors.As(err, &bad) || bad.Field != field {
		t.Errorf("the error does not name the field %q: %v", field, err)
	}
}

// Notes keeps the notes that a run makes.
type Notes struct {
	progress.Progress
	Notes []string
}

func (n *Notes) Note(text string) { n.Notes = append(n.Notes, text) }

// Largest is the largest value of a tensor.
func Largest(t *testing.T, f *safetensors.File, name string) (most float64) {
	t.Helper()
	values, err := f.Float32(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		most = max(most, math.Abs(float64(v)))
	}
	return most
}
