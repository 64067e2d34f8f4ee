package tfcheckpoint

import "fmt"

// dtype is an element type by its number in TensorFlow's DataType.
type dtype int32

const float32Type dtype = 1

// known maps the element types of checkpoints to their sizes in bytes; 0 means a variable size.
// Source: tensorflow/core/framework/types.proto.
var known = map[dtype]struct {
	name string
	size uint64
}{
	float32Type: {"DT_FLOAT", 4},
	2:           {"DT_DOUBLE", 8},
	3:           {"DT_INT32", 4},
	4:           {"DT_UINT8", 1},
	5:           {"DT_INT16", 2},
	6:           {"DT_INT8", 1},
	7:           {"DT_STRING", 0},
	8:           {"DT_COMPLEX64", 8},
	9:           {"DT_INT64", 8},
	10:          {"DT_BOOL", 1},
	14:          {"DT_BFLOAT16", 2},
	17:          {"DT_UINT16", 2},
	18:          {"DT_COMPLEX128", 16},
	19:          {"DT_HALF", 2},
	20:          {"DT_RESOURCE", 0},
	21:          {"DT_VARIANT", 0},
	22:          {"DT_UINT32", 4},
	23:          {"DT_UINT64", 8},
}

// String names the type as TensorFlow does.
func (d dtype) String() string {
	if k, ok := known[d]; ok {
		return k.name
	}
	return fmt.Sprintf("DataType %d", int32(d))
}
