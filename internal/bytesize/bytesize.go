// Package bytesize writes the sizes of files and memory. All packages of the module round
// them in the same way: a kB has 1,000 bytes, as file managers and hubs count.
package bytesize

import (
	"fmt"
	"math"
)

// KB returns a number of bytes in kB, rounded to a whole number.
func KB(bytes int64) float64 { return math.Round(float64(bytes) / 1e3) }

// MB returns a number of bytes in MB, rounded to a whole number.
func MB(bytes int64) float64 { return math.Round(float64(bytes) / 1e6) }

// Text writes a size for a reader: whole bytes below 1 kB, whole kB below 1 MB, then MB or
// GB with one decimal.
func Text(bytes int64) string {
	tenths := func(unit float64) float64 { return math.Round(float64(bytes)/unit*10) / 10 }
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d B", bytes)
	case KB(bytes) < 1000:
		return fmt.Sprintf("%.0f kB", KB(bytes))
	case tenths(1e6) < 1000:
		return fmt.Sprintf("%.1f MB", tenths(1e6))
	}
	return fmt.Sprintf("%.1f GB", tenths(1e9))
}
