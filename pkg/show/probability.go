package show

import (
	"fmt"

	"github.com/lorabook/lorabook/pkg/table"
)

// probability writes a probability with two decimals. Near 0 and 1 it has a third, and beyond that a
// bound, so that a probability never looks like certainty: "0.84", "0.998", "> 0.999".
func probability(p float64) string {
	switch {
	case p >= 0.9995:
		return "> 0.999"
	case p < 0.0005:
		return "< 0.001"
	case p < 0.005 || p >= 0.995:
		return fmt.Sprintf("%.3f", p)
	}
	return fmt.Sprintf("%.2f", p)
}

// probabilityCell is a probability for a table, which sorts by the exact value.
func probabilityCell(p float64) table.Number { return table.Number{Value: p, Text: probability(p)} }
