// Package numerals writes numbers for people:
//
//	numerals.Count(25000) // "25,000"
package numerals

import "strconv"

// Count returns the digits of n, with a comma before every three of them.
func Count(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
