package safetensors

import (
	"slices"

	"github.com/gomlx/compute/dtypes"
)

// dtype is one of the format's element types.
type dtype struct {
	name  string // as the header spells it
	size  int    // bytes an element
	gomlx dtypes.DType
}

// knownDTypes are the element types of whole bytes, in the format's own order:
// the writer puts tensors of later types first, which keeps each one aligned.
// The types of 4 and 6 bits (F4, F6_E2M3, F6_E3M2) have no reader here.
var knownDTypes = []dtype{
	{"BOOL", 1, dtypes.Bool},
	{"U8", 1, dtypes.Uint8},
	{"I8", 1, dtypes.Int8},
	{"F8_E5M2", 1, dtypes.F8E5M2},
	{"F8_E4M3", 1, dtypes.F8E4M3FN},
	{"F8_E8M0", 1, dtypes.F8E8M0FNU},
	{"I16", 2, dtypes.Int16},
	{"U16", 2, dtypes.Uint16},
	{"F16", 2, dtypes.Float16},
	{"BF16", 2, dtypes.BFloat16},
	{"I32", 4, dtypes.Int32},
	{"U32", 4, dtypes.Uint32},
	{"F32", 4, dtypes.Float32},
	{"C64", 8, dtypes.Complex64},
	{"F64", 8, dtypes.Float64},
	{"I64", 8, dtypes.Int64},
	{"U64", 8, dtypes.Uint64},
}

// rank is the place of the type in knownDTypes, -1 when it is unknown.
func rank(name string) int {
	return slices.IndexFunc(knownDTypes, func(d dtype) bool { return d.name == name })
}

func dtypeByName(name string) (dtype, bool) {
	if i := rank(name); i >= 0 {
		return knownDTypes[i], true
	}
	return dtype{}, false
}

func dtypeByGoMLX(want dtypes.DType) (dtype, bool) {
	i := slices.IndexFunc(knownDTypes, func(d dtype) bool { return d.gomlx == want })
	if i < 0 {
		return dtype{}, false
	}
	return knownDTypes[i], true
}
