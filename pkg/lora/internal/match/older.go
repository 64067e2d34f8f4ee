package match

import "github.com/dlclark/regexp2/v2"

// older is the regular expression of PEFT 0.14 and older around a key of rank_pattern or alpha_pattern,
// without brackets: re.match(rf".*\.{key}$", name).
var older = surrounding{`\A(?:.*\.`, `\z)`, 0, 0}

// Older finds the key that PEFT 0.14 and older used for a module: the first that matches.
type Older struct {
	keys        []string
	expressions []*regexp2.Regexp
}

// NewOlder compiles keys of rank_pattern or alpha_pattern.
func NewOlder(keys []string) (*Older, error) {
	o := &Older{keys: keys}
	for _, key := range keys {
		expression, err := compile("rank_pattern", key, older)
		if err != nil {
			return nil, err
		}
		o.expressions = append(o.expressions, expression)
	}
	return o, nil
}

// Key returns the key for a module: its name where none matches.
func (o *Older) Key(module string) (string, error) {
	i, err := firstMatch(o.expressions, module)
	if err != nil || i < 0 {
		return module, err
	}
	return o.keys[i], nil
}
