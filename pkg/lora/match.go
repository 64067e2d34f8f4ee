package lora

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// matchTimeout ends a regular expression that backtracks without end.
const matchTimeout = time.Second

// matcher tells which modules a configuration adapts, by the rules of PEFT's
// check_target_module_exists.
type matcher struct {
	config Config
	regexp *regexp2.Regexp // nil for a list of names
}

func newMatcher(c Config) (*matcher, error) {
	m := &matcher{config: c}
	if c.TargetRegexp == "" {
		return m, nil
	}
	// RE2 mode knows Python's spelling of named groups. By itself first: "a)(b" is
	// no expression, and would become one within the brackets of a full match.
	_, err := regexp2.Compile(c.TargetRegexp, regexp2.RE2)
	var compiled *regexp2.Regexp
	if err == nil {
		compiled, err = regexp2.Compile(`^(?:`+c.TargetRegexp+`)\z`, regexp2.RE2)
	}
	if err != nil {
		return nil, &ConfigError{Field: "target_regexp", Value: c.TargetRegexp, Reason: err.Error()}
	}
	compiled.MatchTimeout = matchTimeout
	m.regexp = compiled
	return m, nil
}

// targets are those of the dotted names that are to be adapted, in their order,
// and the names of the configuration that match none.
func (m *matcher) targets(modules []string) (chosen, unmatched []string, err error) {
	hits := make([]int, len(m.config.TargetModules))
	for _, module := range modules {
		excluded := m.isSavedWhole(module)
		if m.regexp != nil {
			ok, err := m.regexp.MatchString(module)
			if err != nil {
				return nil, nil, fmt.Errorf("lora: target_regexp %q on module %s: %w", m.config.TargetRegexp, module, err)
			}
			if ok && !excluded {
				chosen = append(chosen, module)
			}
			continue
		}
		matched := false
		for i, name := range m.config.TargetModules {
			if !excluded && (module == name || strings.HasSuffix(module, "."+name)) {
				hits[i]++
				matched = true
			}
		}
		if matched {
			chosen = append(chosen, module)
		}
	}
	if m.regexp != nil && len(chosen) == 0 {
		unmatched = []string{m.config.TargetRegexp}
	}
	for i, name := range m.config.TargetModules {
		if hits[i] == 0 {
			unmatched = append(unmatched, name)
		}
	}
	return chosen, unmatched, nil
}

// isSavedWhole tells whether the module is, or lies in, one that PEFT keeps from
// being adapted because it is named in modules_to_save.
func (m *matcher) isSavedWhole(module string) bool {
	return slices.ContainsFunc(m.config.ModulesToSave, func(name string) bool {
		return strings.Contains("."+module+".", "."+name+".")
	})
}

// savedModule is the outermost module of those that hold a variable and that
// modules_to_save names; empty when there is none. variable is its dotted name.
func savedModule(names []string, variable string) string {
	for at := 0; ; {
		dot := strings.IndexByte(variable[at:], '.')
		if dot < 0 {
			return ""
		}
		at += dot
		module := variable[:at]
		if slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(module, name) }) {
			return module
		}
		at++
	}
}

// dotted is PEFT's name for what lies at an absolute path of a store.
func dotted(path string) string {
	return strings.ReplaceAll(strings.TrimPrefix(path, "/"), "/", ".")
}
