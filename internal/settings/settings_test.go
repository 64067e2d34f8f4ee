package settings

import (
	"errors"
	"strings"
	"testing"
)

// A number that float32 cannot hold is an error with its field.
func TestFloat32(t *testing.T) {
	for _, good := range []float64{0, 1e-30, -1, 3e38} {
		if err := Float32("a.b", good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []float64{1e-60, 1e-39, 1e39} {
		err := Float32("a.b", bad)
		if field := (*FieldError)(nil); !errors.As(err, &field) || field.Field != "a.b" || !strings.Contains(err.Error(), "float32") {
			t.Errorf("%v: %v", bad, err)
		}
	}
}
