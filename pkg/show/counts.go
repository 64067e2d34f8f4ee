package show

import (
	"fmt"

	"github.com/lorabook/lorabook/internal/numerals"
)

// sayf formats as fmt.Sprintf, with commas in the whole numbers from 1,000.
func sayf(format string, args ...any) string {
	grouped := make([]any, len(args))
	for i, arg := range args {
		if n, ok := arg.(int); ok {
			arg = whole(n)
		}
		grouped[i] = arg
	}
	return fmt.Sprintf(format, grouped...)
}

// whole is a whole number of a sentence.
type whole int

// Format writes the number with a comma before every three digits.
func (n whole) Format(f fmt.State, _ rune) {
	text := numerals.Count(int(n))
	if width, ok := f.Width(); ok {
		text = fmt.Sprintf("%*s", width, text)
	}
	_, _ = fmt.Fprint(f, text) // the error is that of a buffer, which has none
}
