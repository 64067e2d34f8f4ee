package safetensors

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadPagesAreDropped: after a tensor is copied out of a file, the file's pages are no longer in
// the process's memory, and a second reading gives the same values.
func TestReadPagesAreDropped(t *testing.T) {
	const size = 8 << 20
	path := filepath.Join(t.TempDir(), "large.safetensors")
	data := bytes.Repeat([]byte{1, 2, 3, 4}, size/4)
	if err := Write(path, []Named{{Name: "a", DType: "F32", Shape: []int{size / 4}, Data: data}, {Name: "b", DType: "U8", Shape: []int{size}, Data: data}}, nil); err != nil {
		t.Fatal(err)
	}
	f := open(t, path)
	for range 2 {
		values, err := f.Float32("a")
		if err != nil {
			t.Fatal(err)
		}
		if got := math.Float32bits(values[len(values)-1]); got != 0x04030201 {
			t.Errorf("last value %08x, expected 04030201", got)
		}
		if _, err := f.Tensor("b"); err != nil {
			t.Fatal(err)
		}
		if n := mappedBytes(t, path); n >= 1<<20 {
			t.Errorf("%d bytes of the file are in memory, expected none but the header's", n)
		}
	}
	if !bytes.Equal(f.Bytes("b"), data) {
		t.Error("the bytes changed")
	}
}

// mappedBytes returns the resident bytes of the mappings of a file.
func mappedBytes(t *testing.T, path string) (bytes int) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Fatal(err)
	}
	found, here := false, false
	for line := range strings.Lines(string(text)) {
		first, _, _ := strings.Cut(line, " ")
		if strings.Contains(first, "-") {
			here = strings.HasSuffix(strings.TrimSpace(line), path)
			found = found || here
		}
		var kilobytes int
		if n, _ := fmt.Sscanf(line, "Rss: %d kB", &kilobytes); n == 1 && here {
			bytes += kilobytes << 10
		}
	}
	if !found {
		t.Fatalf("%s is not mapped", path)
	}
	return bytes
}
