package lora

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/lora/internal/match"
)

// olderWarning is about a file without peft_version in which PEFT 0.14 and older, which wrote none, gave
// a module another rank or alpha by rank_pattern and alpha_pattern; empty where they gave none another.
func (a *Adapter) olderWarning(l *Layout) (string, error) {
	c := a.config
	if len(c.RankPattern)+len(c.AlphaPattern) == 0 {
		return "", nil
	}
	older, err := match.NewOlder(slices.Concat(c.RankPattern.modules(), c.AlphaPattern.modules()))
	if err != nil {
		return "", nil //nolint:nilerr // a key that is no expression without its brackets, which those versions refused
	}
	for _, t := range l.Targets {
		key, err := older.Key(t.Name)
		if err != nil {
			return "", err
		}
		r, alpha := c.RankPattern.of(key, c.R), c.AlphaPattern.of(key, c.Alpha)
		if r != t.R || alpha != t.alpha {
			return fmt.Sprintf("%s: has no peft_version, and PEFT 0.14 and older, which wrote none, read rank_pattern and alpha_pattern otherwise (one key for both, and ^ and | without brackets): they gave %s rank %d and alpha %g, here and in later versions it has %d and %g; if such a version trained the adapter, change the patterns so that they give the former", ConfigFile, t.Name, r, alpha, t.R, t.alpha), nil
		}
	}
	return "", nil
}

// of returns the value of a key; otherwise the default.
func (p Patterns[T]) of(key string, otherwise T) T {
	for _, one := range p {
		if one.Modules == key {
			return one.Value
		}
	}
	return otherwise
}
