package toytest

import (
	"bytes"
	"errors"
	"math"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/safetensors"
)

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

// EditTensors writes a file again with the tensors that edit returns: it gets those of the file, and may
// change the metadata. Checksums are computed again, if the file has them.
func EditTensors(t *testing.T, path string, edit func(all []safetensors.Named, metadata map[string]string) []safetensors.Named) {
	t.Helper()
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	var all []safetensors.Named
	for _, name := range f.Names() {
		dtype, shape, _ := f.Info(name)
		all = append(all, safetensors.Named{Name: name, DType: dtype, Shape: shape, Data: bytes.Clone(f.Bytes(name))})
	}
	metadata := f.Metadata()
	all = edit(all, metadata)
	if err := errors.Join(f.Close(), safetensors.Write(path, all, metadata)); err != nil {
		t.Fatal(err)
	}
}

// SameTensors compares the tensors of two files, which TensorsOf read, to the bit.
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
