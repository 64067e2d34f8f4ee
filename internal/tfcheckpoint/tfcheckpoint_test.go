package tfcheckpoint

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func open(t *testing.T, prefix string) *File {
	t.Helper()
	f, err := Open(prefix)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// ramp is what testdata/make_fixture.py puts into its tensors.
func ramp(n int) []float32 {
	values := make([]float32, n)
	for i := range values {
		values[i] = 0.5*float32(i) - 3
	}
	return values
}

// TestReadsWhatTensorFlowWrote reads checkpoints that testdata/make_fixture.py wrote.
func TestReadsWhatTensorFlowWrote(t *testing.T) {
	for prefix, want := range map[string]map[string][]int{
		"saver.ckpt": {"dense/kernel": {3, 4}, "dense/bias": {4}, "dense/bias/adam_m": {4}, "scalar": {}, "empty": {0, 4}},
		"sharded": {
			"layer_0/kernel": {2, 1}, "layer_1/kernel": {2, 2}, "layer_2/kernel": {2, 3}, "layer_3/kernel": {2, 4}, "layer_4/kernel": {2, 5},
			"layer_5/kernel": {2, 6}, "layer_6/kernel": {2, 7}, "layer_7/kernel": {2, 8}, "layer_8/kernel": {2, 9},
		},
		"variables/variables": {"module/dense/kernel": {3, 4}},
		"partitioned":         {"whole": {3}},
	} {
		f := open(t, filepath.Join("testdata", prefix))
		for name, shape := range want {
			size := 1
			for _, axis := range shape {
				size *= axis
			}
			if dtype, got, ok := f.Info(name); !ok || dtype != "DT_FLOAT" || !slices.Equal(got, shape) {
				t.Errorf("%s: %s is %s %v, %v; want DT_FLOAT %v", prefix, name, dtype, got, ok, shape)
			}
			if values, err := f.Float32(name); err != nil || !slices.Equal(values, ramp(size)) {
				t.Errorf("%s: %s holds %v, %v", prefix, name, values, err)
			}
		}
		if n := len(f.Names()); n != len(want)+map[string]int{"saver.ckpt": 1, "partitioned": 1}[prefix] {
			t.Errorf("%s: holds %q", prefix, f.Names())
		}
	}
}

func TestKeepsEveryBit(t *testing.T) {
	values, err := open(t, "testdata/types").Float32("special")
	if err != nil {
		t.Fatal(err)
	}
	var bits []uint32
	for _, v := range values {
		bits = append(bits, math.Float32bits(v))
	}
	if want := []uint32{0x7fc00001, 0x7f800000, 0xff800000, 0x80000000, 1}; !slices.Equal(bits, want) {
		t.Errorf("%x, want %x", bits, want)
	}
}

// TestRefusesOtherTypes: every other kind of tensor is listed, and refused by name.
func TestRefusesOtherTypes(t *testing.T) {
	f := open(t, "testdata/types")
	for name, dtype := range map[string]string{
		"half": "DT_HALF", "double": "DT_DOUBLE", "bfloat16": "DT_BFLOAT16", "int32": "DT_INT32", "bool": "DT_BOOL", "string": "DT_STRING", "complex": "DT_COMPLEX64",
	} {
		if got, _, ok := f.Info(name); !ok || got != dtype {
			t.Errorf("%s is %s, %v; want %s", name, got, ok, dtype)
		}
		wantFault(t, read(f, name), f.Path(), name, "expected DT_FLOAT, found "+dtype)
	}
	wantFault(t, read(open(t, "testdata/saver.ckpt"), "global_step"), "testdata/saver.ckpt.index", "global_step", "DT_INT64")
	wantFault(t, read(open(t, "testdata/partitioned"), "split"), "testdata/partitioned.index", "split", "2 parts")
	wantFault(t, read(f, "none"), f.Path(), "none", "no tensor of this name")
}

func read(f *File, name string) error {
	_, err := f.Float32(name)
	return err
}

func TestClosed(t *testing.T) {
	f, err := Open("testdata/saver.ckpt")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	wantFault(t, read(f, "scalar"), f.Path(), "scalar", "closed")
}

// copyOf copies a checkpoint of testdata to a new folder, for a test to spoil.
func copyOf(t testing.TB, name string) (prefix string) {
	t.Helper()
	dir := t.TempDir()
	files, err := filepath.Glob(filepath.Join("testdata", name) + ".*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, filepath.Base(file)), data)
	}
	return filepath.Join(dir, filepath.Base(name))
}

func write(t testing.TB, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// wantFault fails unless err is a *FormatError about the file and the tensor.
func wantFault(t *testing.T, err error, path, tensor, says string) {
	t.Helper()
	var fault *FormatError
	if !errors.As(err, &fault) {
		t.Errorf("got %v, want a *FormatError with %q", err, says)
		return
	}
	if fault.Path != path || fault.Tensor != tensor || !strings.Contains(err.Error(), says) {
		t.Errorf("got %v, want one about tensor %q of %s with %q", err, tensor, path, says)
	}
}
