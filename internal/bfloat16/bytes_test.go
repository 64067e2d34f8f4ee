package bfloat16

import (
	"bytes"
	"slices"
	"testing"
)

// TestBytes: known bit patterns, ties to even, and back.
func TestBytes(t *testing.T) {
	got := AppendBytes([]byte{9}, []float32{1, -2, 0x1.018p0, 0x1.01p0, 0})
	want := []byte{9, 0x80, 0x3f, 0x00, 0xc0, 0x81, 0x3f, 0x80, 0x3f, 0, 0}
	if !bytes.Equal(got, want) {
		t.Fatalf("% x, expected % x", got, want)
	}
	back := make([]float32, 4)
	FromBytes(back, got[1:])
	if !slices.Equal(back, []float32{1, -2, 0x1.02p0, 1}) {
		t.Errorf("%v", back)
	}
}
