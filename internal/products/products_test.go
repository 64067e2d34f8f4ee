package products

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
)

func TestMeasure(t *testing.T) {
	r, err := Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range []float64{r.Float32, r.BFloat16} {
		if !(rate > 0) || math.IsInf(rate, 0) {
			t.Errorf("%+v: expected speeds", r)
		}
	}
	if r.Engine == "" {
		t.Error("no engine")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, expected that it was cancelled", err)
	}
}

func TestString(t *testing.T) {
	for _, c := range []struct {
		rates Rates
		want  string
	}{
		{Rates{"xla:cpu", 237, 147}, "237 GFLOP/s in float32, 147 in bfloat16 on xla:cpu: float32 is faster"},
		{Rates{"xla:cpu", 441, 834}, ": bfloat16 is faster"},
		{Rates{"go", 200, 205}, " on go: equally fast"}, {Rates{"go", 205, 200}, " on go: equally fast"},
	} {
		if got := c.rates.String(); !strings.Contains(got, c.want) {
			t.Errorf("%q, expected %q", got, c.want)
		}
	}
}
