package doctor

import (
	"strings"
	"testing"
)

func TestProducts(t *testing.T) {
	m := &machine{ctx: t.Context()}
	m.products()
	m.report.expect(t, "products", OK, "GFLOP/s in float32", "in bfloat16 on ")
	if detail := m.report.find(t, "products").Detail; strings.Contains(detail, "NaN") || strings.Contains(detail, " 0 GFLOP/s") {
		t.Errorf("%s: expected measured rates", detail)
	}
}

func TestFasterFormat(t *testing.T) {
	for _, c := range []struct {
		float32Rate, bfloat16Rate float64
		want                      string
	}{{237, 147, "float32 is faster"}, {441, 834, "bfloat16 is faster"}, {200, 205, "equally fast"}, {205, 200, "equally fast"}} {
		if got := fasterFormat(c.float32Rate, c.bfloat16Rate); !strings.HasPrefix(got, c.want) {
			t.Errorf("%v and %v: %q, expected %q", c.float32Rate, c.bfloat16Rate, got, c.want)
		}
	}
}
