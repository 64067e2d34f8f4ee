package encoding

import (
	"fmt"

	"github.com/lorabook/lorabook/internal/numerals"
)

// Cut counts the examples that are longer than the maximum length, and their tokens. Special
// tokens are not counted.
type Cut struct {
	MaxLength  int        `json:"max_length"` // maximum number of tokens, special tokens included
	Truncation Truncation `json:"truncation,omitzero"`
	Examples   int        `json:"examples"`              // all examples
	Long       int        `json:"long"`                  // examples with more tokens than the maximum length
	First      int        `json:"first,omitempty"`       // pairs whose first text was cut, or read in windows
	Second     int        `json:"second,omitempty"`      // pairs whose second text was cut, or read in windows
	Tokens     int        `json:"tokens"`                // of all examples before truncation
	CutTokens  int        `json:"cut_tokens"`            // that the model does not read
	Words      int        `json:"words,omitempty"`       // words that were cut from the sentences of an Encoder of Words
	EmptyWords int        `json:"empty_words,omitempty"` // words without tokens of an Encoder of Words
	Windows    int        `json:"windows,omitempty"`     // number of rows of all examples, with the truncation "windows"
}

// add counts an example with a number of tokens.
func (c *Cut) add(tokens int, long, first, second bool, lost int) {
	c.Tokens += tokens
	c.CutTokens += lost
	for _, count := range []struct {
		of  *int
		one bool
	}{{&c.Long, long}, {&c.First, first}, {&c.Second, second}} {
		if count.one {
			*count.of++
		}
	}
}

// Plus returns the sum of two counts with the same maximum length and truncation.
func (c Cut) Plus(other Cut) Cut {
	return Cut{
		MaxLength: max(c.MaxLength, other.MaxLength), Truncation: other.Truncation,
		Examples: c.Examples + other.Examples, Long: c.Long + other.Long, First: c.First + other.First, Second: c.Second + other.Second,
		Words: c.Words + other.Words, EmptyWords: c.EmptyWords + other.EmptyWords,
		Tokens: c.Tokens + other.Tokens, CutTokens: c.CutTokens + other.CutTokens, Windows: c.Windows + other.Windows,
	}
}

// LongShare returns the share of the examples that are longer than the maximum length, 0 to 1.
func (c Cut) LongShare() float64 { return share(c.Long, c.Examples) }

// TokenShare returns the share of the tokens that the model does not read, 0 to 1.
func (c Cut) TokenShare() float64 { return share(c.CutTokens, c.Tokens) }

func share(part, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(part) / float64(of)
}

// String describes the truncation in a sentence without a full stop.
func (c Cut) String() string {
	empty := ""
	if c.EmptyWords > 0 {
		empty = fmt.Sprintf("; %d words have no token, and their tags are not learned", c.EmptyWords)
	}
	if c.Long == 0 {
		return fmt.Sprintf("no example has more than %d tokens", c.MaxLength) + empty
	}
	text := fmt.Sprintf("%s of %s examples, %.3g %%, have more than %d tokens", numerals.Count(c.Long), numerals.Count(c.Examples), 100*c.LongShare(), c.MaxLength)
	if c.First+c.Second > 0 {
		text += fmt.Sprintf(" (long first text: %s, long second text: %s)", numerals.Count(c.First), numerals.Count(c.Second))
	}
	if c.Windows > 0 {
		text += fmt.Sprintf("; they are read in windows, %s in all", numerals.Count(c.Windows))
	}
	if c.Words > 0 {
		text += fmt.Sprintf("; %s words are cut", numerals.Count(c.Words))
	}
	if c.CutTokens > 0 {
		text += fmt.Sprintf("; the model does not read %.3g %% of all tokens (truncation %q)", 100*c.TokenShare(), c.Truncation.String())
	}
	return text + empty
}
