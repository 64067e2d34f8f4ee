package match

import (
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/lorabook/lorabook/pkg/lora/internal/pyregexp"
)

// matchTimeout ends a regular expression that backtracks for too long.
const matchTimeout = time.Second

// surrounding is the regular expression in which PEFT puts a value. A reference in the value, such as
// \1, counts its groups too.
type surrounding struct {
	before, after string
	closed, open  int // groups before the value, and those that hold it
}

// PEFT's regular expressions around the values of fields.
var (
	whole   = surrounding{`\A(?:`, `)\z`, 0, 0}                        // re.fullmatch(value, name), for a string in target_modules
	ending  = surrounding{`\A(.*\.)?(`, `)\z`, 1, 1}                   // of rank_pattern and alpha_pattern
	inLayer = surrounding{`\A(?:(?:|.*?\.)`, `\.(?<idx>\d+)\.)`, 0, 0} // of layers_pattern, without brackets
)

// compile compiles PEFT's regular expression for the value of a field.
func compile(field, value string, in surrounding) (*regexp2.Regexp, error) {
	translated, err := pyregexp.Translate(value, in.closed, in.open)
	if err != nil {
		return nil, &ConfigError{Field: field, Value: value, Reason: err.Error()}
	}
	compiled, err := regexp2.Compile(in.before+translated+in.after, regexp2.RE2)
	if err != nil {
		return nil, &ConfigError{Field: field, Value: value, Reason: err.Error()}
	}
	compiled.MatchTimeout = matchTimeout
	return compiled, nil
}
