// Package numerals writes numbers for people:
//
//	numerals.Count(25000) // "25,000"
package numerals

import (
	"regexp"
	"strconv"
	"strings"
)

// Count returns the digits of n, with a comma before every three of them.
func Count(n int) string { return Group(strconv.Itoa(n)) }

// Group returns a number with a comma before every three digits of its integer part.
func Group(number string) string {
	from := strings.IndexAny(number, "0123456789")
	if from < 0 {
		return number
	}
	end := from
	for end < len(number) && '0' <= number[end] && number[end] <= '9' {
		end++
	}
	for at := end - 3; at > from; at -= 3 {
		number = number[:at] + "," + number[at:]
	}
	return number
}

var unit = regexp.MustCompile(`(\d) (%|[kMG]B\b)`)

// Unbroken returns the text with a no-break space between a number and its per cent sign or its
// unit of memory, so that a line does not end between them.
func Unbroken(text string) string { return unit.ReplaceAllString(text, "$1\u00a0$2") }
