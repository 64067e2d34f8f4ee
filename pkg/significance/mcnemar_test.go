package significance

import "testing"

func TestMcNemarIsSymmetric(t *testing.T) {
	for b := range 30 {
		for c := range 30 {
			x, err := McNemarTest(b, c)
			if err != nil {
				t.Fatal(err)
			}
			y, err := McNemarTest(c, b)
			if err != nil {
				t.Fatal(err)
			}
			if x != y {
				t.Fatalf("%d against %d is %+v, the other way round %+v", b, c, x, y)
			}
			if !(x.PValue > 0 && x.PValue <= 1) || (b == c && x.PValue != 1) {
				t.Errorf("%d against %d: p is %v", b, c, x.PValue)
			}
		}
	}
}

func TestMcNemarRefusesNegativeCounts(t *testing.T) {
	if got, err := McNemarTest(3, -1); err == nil {
		t.Errorf("got %+v, expected an error", got)
	}
}
