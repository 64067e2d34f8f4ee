package sweep

import (
	"fmt"
	"strings"
)

// failures are errors of trials that were told, in their order.
type failures []failure

type failure struct {
	trial int
	text  string
}

// tell returns the text of a trial's error. What an earlier one has told already is not repeated: the whole
// text, or what follows its last colon if that is long, such as the list of the names of all modules.
func (f *failures) tell(trial int, text string) string {
	told := text
	for _, earlier := range *f {
		if earlier.trial == trial {
			continue
		}
		if earlier.text == text {
			return fmt.Sprintf("the error of trial %d", earlier.trial)
		}
		if end := lastPart(text); len(end) >= longPart && end == lastPart(earlier.text) && told == text {
			told = strings.TrimSuffix(text, end) + fmt.Sprintf("… (as trial %d)", earlier.trial)
		}
	}
	*f = append(*f, failure{trial, text})
	return told
}

// longPart is the least number of bytes of a part that is not repeated.
const longPart = 60

// lastPart returns what follows the last colon of an error.
func lastPart(text string) string { return text[strings.LastIndex(text, ": ")+1:] }
