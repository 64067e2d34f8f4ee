package bfloat16

import (
	"github.com/gomlx/compute"
	"github.com/gomlx/compute/shapes"
)

// buffer is a buffer that reports the decorated engine as its engine.
type buffer struct {
	compute.Buffer
	backend *backend
}

func (b *buffer) Backend() compute.Backend { return b.backend }

func (b *buffer) CopyToDevice(device compute.DeviceNum) (compute.Buffer, error) {
	return b.backend.wrap(b.Buffer.CopyToDevice(device))
}

func (b *backend) BufferFromFlatData(device compute.DeviceNum, flat any, shape shapes.Shape) (compute.Buffer, error) {
	return b.wrap(b.Backend.BufferFromFlatData(device, flat, shape))
}

func (b *backend) NewSharedBuffer(device compute.DeviceNum, shape shapes.Shape) (compute.Buffer, any, error) {
	inner, flat, err := b.Backend.NewSharedBuffer(device, shape)
	if err != nil {
		return nil, nil, err
	}
	return &buffer{inner, b}, flat, nil
}

func (b *backend) wrap(inner compute.Buffer, err error) (compute.Buffer, error) {
	if err != nil {
		return nil, err
	}
	return &buffer{inner, b}, nil
}

// executable has wrapped buffers as inputs and outputs.
type executable struct {
	compute.Executable
	backend *backend
}

func (e *executable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	inner := make([]compute.Buffer, len(inputs))
	for i, in := range inputs {
		inner[i] = in
		if own, ok := in.(*buffer); ok {
			inner[i] = own.Buffer
		}
	}
	outputs, err := e.Executable.Execute(inner, donate, device)
	for i, out := range outputs {
		outputs[i] = &buffer{out, e.backend}
	}
	return outputs, err
}
