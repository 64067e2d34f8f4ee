package safetensors

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestWriteFromFunc: the same file as from data at hand; what the function gets wrong
// is named, and nothing is written.
func TestWriteFromFunc(t *testing.T) {
	dir := t.TempDir()
	data := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	broken := errors.New("broken source")
	write := func(name string, n Named) ([]byte, error) {
		path := filepath.Join(dir, name)
		err := Write(path, []Named{n, {Name: "other", DType: "U8", Shape: []int{1}, Data: []byte{9}}}, nil)
		written, _ := os.ReadFile(path)
		return written, err
	}
	want, err := write("data", Named{Name: "x", DType: "F32", Shape: []int{2}, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	from := func(data []byte, err error) Named {
		return FromFunc("x", "F32", []int{2}, func() ([]byte, error) { return data, err })
	}
	if got, err := write("func", from(data, nil)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, %q; want %q", err, got, want)
	}
	if got, err := write("fails", from(nil, broken)); !errors.Is(err, broken) || got != nil {
		t.Errorf("a source that fails: %v, %q written", err, got)
	}
	got, err := write("short", from(data[:7], nil))
	var fault *FormatError
	if !errors.As(err, &fault) || fault.Tensor != "x" || fault.Path != filepath.Join(dir, "short") || got != nil {
		t.Errorf("too little data: %v, %q written", err, got)
	}
}
