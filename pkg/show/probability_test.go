package show

import "testing"

// A model with many test examples has predictions near 0 and 1, which must not look like certainty.
func TestProbability(t *testing.T) {
	for p, want := range map[float64]string{
		0: "< 0.001", 0.0004: "< 0.001", 0.0006: "0.001", 0.0049: "0.005", 0.005: "0.01", 0.25: "0.25", 0.843: "0.84",
		0.9949: "0.99", 0.995: "0.995", 0.9986: "0.999", 0.9996: "> 0.999", 1: "> 0.999",
	} {
		if got := probability(p); got != want {
			t.Errorf("%v: %s, want %s", p, got, want)
		}
		if cell := probabilityCell(p); cell.Value != p {
			t.Errorf("%v is sorted as %v", p, cell.Value)
		}
	}
}
