package chart

import (
	"bytes"
	"testing"
)

// The diagonal's name keeps away from dots that are all in the lower half.
func TestDiagonalNameLeavesTheDots(t *testing.T) {
	for position, confidence := range map[string][]float64{"insideEndTop": {0.05, 0.12}, "insideStartTop": {0.3, 0.9}} {
		c, err := Reliability(Labels{Title: "T"}, Calibration{"m", confidence, []float64{0.1, 0.2}, []int{4, 5}})
		if err != nil {
			t.Fatal(err)
		}
		options, err := c.Options()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(options, []byte(position)) {
			t.Errorf("at confidences %v the name is not %s", confidence, position)
		}
	}
}
