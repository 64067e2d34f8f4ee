package bert

import (
	"context"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// TestMatrix copies what the store holds, row by row, and names what cannot be copied.
func TestMatrix(t *testing.T) {
	m, err := Open(context.Background(), "testdata/encoder/tiny", Options{})
	if err != nil {
		t.Fatal(err)
	}
	values, rows, columns, err := m.Matrix("bert.encoder.layer.1.intermediate.dense.weight")
	if err != nil || rows != 24 || columns != 16 || len(values) != 24*16 {
		t.Fatal(len(values), rows, columns, err)
	}
	value, err := m.Store.GetVariable("/bert/encoder/layer/1/intermediate/dense/weight").Value()
	if err != nil {
		t.Fatal(err)
	}
	for i, x := range tensors.MustCopyFlatData[float32](value) {
		if values[i] != float64(x) {
			t.Fatalf("value %d is %v, expected %v", i, values[i], x)
		}
	}
	values[0] = 7
	if again, _, _, _ := m.Matrix("bert.encoder.layer.1.intermediate.dense.weight"); again[0] == 7 {
		t.Error("the copy is the store's own")
	}
	for name, says := range map[string]string{"bert.encoder.layer.1.intermediate.dense.bias": "two axes", "bert.encoder.layer.9.intermediate.dense.weight": "no such tensor"} {
		if _, _, _, err := m.Matrix(name); err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
