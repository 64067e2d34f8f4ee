package engine

import (
	"testing"
	"weak"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/heap"
)

// observed calls before with each buffer that the backend makes.
type observed struct {
	compute.Backend
	before func()
}

func (b *observed) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	b.before()
	return b.Backend.NewSharedBuffer(device, shape)
}

func (b *observed) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	b.before()
	return b.Backend.BufferFromFlatData(device, flat, shape)
}

// TestUpload: while variables move to the engine, Go's memory contains at most heap.Step bytes of
// those that are there already.
func TestUpload(t *testing.T) {
	e, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	const variables, size = 7, heap.Step / 4
	store := model.NewStore()
	var values []weak.Pointer[float32]
	for i := range variables {
		value := tensors.FromShape(shapes.Make(dtypes.Float32, size/4))
		if err := value.ConstFlatData(func(flat any) { values = append(values, weak.Make(&flat.([]float32)[0])) }); err != nil {
			t.Fatal(err)
		}
		store.RootScope().At("%d", i).VariableWithValue("weight", value)
	}
	made := 0
	backend := &observed{Backend: e.Backend}
	backend.before = func() {
		inGo := 0
		for _, v := range values {
			if v.Value() != nil {
				inGo++
			}
		}
		if doubled := made - (variables - inGo); doubled*size >= heap.Step {
			t.Errorf("after %d of %d variables, %d are in Go's memory and in the engine's", made, variables, doubled)
		}
		made++
	}
	if err := Upload(backend, store); err != nil {
		t.Fatal(err)
	}
	if made != variables {
		t.Fatalf("%d buffers made, expected %d", made, variables)
	}
	for i, v := range values {
		if v.Value() != nil {
			t.Errorf("variable %d is still in Go's memory", i)
		}
	}
}
