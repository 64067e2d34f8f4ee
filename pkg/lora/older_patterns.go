package lora

import (
	"fmt"
	"slices"

	"github.com/lorabook/lorabook/pkg/lora/internal/match"
)

// olderWarning is about a file without peft_version, which PEFT 0.10 and 0.14 did not write: they gave a
// module another rank or alpha by rank_pattern and alpha_pattern. It is empty where they gave none
// another.
func (a *Adapter) olderWarning(l *Layout) (string, error) {
	c := a.config
	ranks, alphas := c.RankPattern.modules(), c.AlphaPattern.modules()
	both := slices.Concat(ranks, alphas)
	if len(both) == 0 {
		return "", nil
	}
	for _, version := range []struct {
		name, reads   string
		ranks, alphas []string
	}{
		{"0.14", "their keys as .*\\.KEY$, without brackets around ^ and |", ranks, alphas},
		{"0.10", "one key for both, as .*\\.KEY$ without brackets around ^ and |", both, both},
	} {
		forRank, errRank := match.NewOlder(version.ranks)
		forAlpha, errAlpha := match.NewOlder(version.alphas)
		if errRank != nil || errAlpha != nil {
			continue // a key that is no expression without its brackets, which the version refused
		}
		for _, t := range l.Targets {
			rankKey, err := forRank.Key(t.Name)
			if err != nil {
				return "", err
			}
			alphaKey, err := forAlpha.Key(t.Name)
			if err != nil {
				return "", err
			}
			if r, alpha := c.RankPattern.of(rankKey, c.R), c.AlphaPattern.of(alphaKey, c.Alpha); r != t.R || alpha != t.alpha {
				return fmt.Sprintf("%s: has no peft_version, as of PEFT 0.10 and 0.14; %s reads rank_pattern and alpha_pattern otherwise (%s): it gives %s rank %d and alpha %g, later versions and this module %d and %g; if it trained the adapter, change the patterns so that they give the former", ConfigFile, version.name, version.reads, t.Name, r, alpha, t.R, t.alpha), nil
			}
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
