package testenv_test

import (
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
)

func TestRelativeDistance(t *testing.T) {
	if got := testenv.RelativeDistance([]float32{3, 4, 1}, []float32{3, 4, 0}); got != 0.2 {
		t.Errorf("%v, want 0.2", got)
	}
}
