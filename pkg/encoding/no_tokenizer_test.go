package encoding

import (
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/data"
)

// Without a tokenizer Encode panics in the goroutine of its caller, who can recover.
func TestEncodeWithoutTokenizer(t *testing.T) {
	for _, words := range []bool{false, true} {
		func() {
			defer func() {
				if text, ok := recover().(string); !ok || !strings.Contains(text, "no Tokenizer") {
					t.Errorf("words %v: recovered %q", words, text)
				}
			}()
			Encoder{Words: words}.Encode([]data.Example{{Text: "a", Words: []string{"a"}}})
		}()
	}
}
