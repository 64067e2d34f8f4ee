package variables

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/mismatch"
	"github.com/lorabook/lorabook/internal/safetensors"
)

// three makes variables a [2], b [2 2] and c [3], filled with x.
func three(x float32) map[string]*model.Variable {
	store, list := model.NewStore(), map[string]*model.Variable{}
	for name, dims := range map[string][]int{"a": {2}, "b": {2, 2}, "c": {3}} {
		list[name] = store.VariableWithValue("/"+name, tensors.FromScalarAndDimensions(x, dims...))
	}
	return list
}

func values(t *testing.T, list map[string]*model.Variable) (all []float32) {
	t.Helper()
	for _, name := range []string{"a", "b", "c"} {
		value, err := list[name].Value()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, tensors.MustCopyFlatData[float32](value)...)
	}
	return all
}

func TestReadGivesWhatWriteTook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "file.safetensors")
	if err := Write(path, three(3), map[string]string{"format": "pt"}); err != nil {
		t.Fatal(err)
	}
	list := three(0)
	if err := Read(path, list); err != nil {
		t.Fatal(err)
	}
	if got := values(t, list); !slices.Equal(got, slices.Repeat([]float32{3}, 9)) {
		t.Errorf("read %v", got)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if f.Metadata()["format"] != "pt" {
		t.Errorf("metadata %v", f.Metadata())
	}
}

// TestEveryMistakeIsInOneError: one tensor is missing, one unexpected, one misshapen and one
// damaged; the error names all, and no variable is changed.
func TestEveryMistakeIsInOneError(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.safetensors")
	written := three(3)
	store := model.NewStore()
	written["b"] = store.VariableWithValue("/b", tensors.FromScalarAndDimensions(float32(3), 4))
	written["d"] = store.VariableWithValue("/d", tensors.FromScalarAndDimensions(float32(3), 1))
	delete(written, "a")
	if err := Write(path, written, nil); err != nil {
		t.Fatal(err)
	}
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	damaged := slices.Clone(f.Bytes("c"))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := len(content) - len(damaged) - 4 // c lies before d at the end
	content[at] ^= 1
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	list := three(0)
	err = Read(path, list)
	var bad *TensorsError
	if !errors.As(err, &bad) {
		t.Fatalf("the error is %v", err)
	}
	if !slices.Equal(bad.Missing, []string{"a"}) || !slices.Equal(bad.Unexpected, []string{"d"}) ||
		!slices.Equal(mismatch.Texts(bad.Misshapen), []string{"b: is F32 [4], expected [2 2]"}) || len(bad.Damaged) != 1 {
		t.Errorf("%+v", bad)
	}
	if got := values(t, list); !slices.Equal(got, make([]float32, 9)) {
		t.Errorf("the variables were changed: %v", got)
	}
}

func TestReadNoFile(t *testing.T) {
	if err := Read(filepath.Join(t.TempDir(), "none"), three(0)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the error is %v", err)
	}
}
