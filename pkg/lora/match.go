package lora

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"

	"github.com/lorabook/lorabook/internal/dotted"
)

// matchTimeout ends a regular expression that backtracks without end.
const matchTimeout = time.Second

// AllLinear, as the only one of a [Config]'s TargetModules, is every dense
// projection but the head that scores the classes.
const AllLinear = "all-linear"

// matcher tells which modules a configuration adapts, by the rules of PEFT's
// check_target_module_exists, and at which rank and alpha.
type matcher struct {
	config          Config
	target, exclude *regexp2.Regexp // nil for a list of names
	layers          *layerFinder
	ranks, alphas   []*regexp2.Regexp
}

func newMatcher(c Config) (m *matcher, err error) {
	m = &matcher{config: c}
	if c.TargetRegexp != "" {
		if m.target, err = compile("target_regexp", c.TargetRegexp, `^(?:`+c.TargetRegexp+`)\z`); err != nil {
			return nil, err
		}
	}
	if c.ExcludeRegexp != "" {
		if m.exclude, err = compile("exclude_regexp", c.ExcludeRegexp, `^(?:`+c.ExcludeRegexp+`)\z`); err != nil {
			return nil, err
		}
	}
	if len(c.LayersToTransform) > 0 {
		if m.layers, err = newLayerFinder(c.LayersPattern); err != nil {
			return nil, err
		}
	}
	if m.ranks, err = compileAll("rank_pattern", c.RankPattern); err != nil {
		return nil, err
	}
	m.alphas, err = compileAll("alpha_pattern", c.AlphaPattern)
	return m, err
}

func compileAll[T int | float64](field string, patterns Patterns[T]) ([]*regexp2.Regexp, error) {
	var list []*regexp2.Regexp
	for _, p := range patterns {
		expr, err := compile(field, p.Modules, `^(?:.*\.)?(?:`+p.Modules+`)\z`)
		if err != nil {
			return nil, err
		}
		list = append(list, expr)
	}
	return list, nil
}

// compile compiles expr, into which a field's value went, in RE2 mode, which knows
// Python's spelling of named groups. The value by itself first: "a)(b" is no
// expression, and would become one within brackets.
func compile(field, value, expr string) (*regexp2.Regexp, error) {
	_, err := regexp2.Compile(value, regexp2.RE2)
	var compiled *regexp2.Regexp
	if err == nil {
		compiled, err = regexp2.Compile(expr, regexp2.RE2)
	}
	if err != nil {
		return nil, &ConfigError{Field: field, Value: value, Reason: err.Error()}
	}
	compiled.MatchTimeout = matchTimeout
	return compiled, nil
}

// targets are those of the dotted names that are to be adapted, in their order,
// and the names of the configuration that match none; besides, where layers are chosen,
// those that modules of these names lie in, and those of them that are adapted.
func (m *matcher) targets(modules []string) (chosen, unmatched []string, there, adapted []int, err error) {
	hits := make([]int, len(m.config.TargetModules))
	for _, module := range modules {
		matched, err := m.matches(module, hits)
		if err != nil {
			return nil, nil, nil, nil, err
		}
		if !matched {
			continue
		}
		if m.layers != nil && !slices.Contains(m.config.TargetModules, module) { // whole names are beyond layers
			n, ok, err := m.layers.layer(module)
			if err != nil {
				return nil, nil, nil, nil, err
			}
			if !ok {
				continue
			}
			there = append(there, n)
			if !slices.Contains(m.config.LayersToTransform, n) {
				continue
			}
			adapted = append(adapted, n)
		}
		chosen = append(chosen, module)
	}
	if m.target != nil && len(chosen) == 0 {
		unmatched = []string{m.config.TargetRegexp}
	}
	for i, name := range m.config.TargetModules {
		if hits[i] == 0 {
			unmatched = append(unmatched, name)
		}
	}
	return chosen, unmatched, there, adapted, nil
}

// matches tells whether the module is one to adapt, whatever its layer, and counts
// which names of the list say so.
func (m *matcher) matches(module string, hits []int) (bool, error) {
	excluded, err := m.isExcluded(module)
	if err != nil || excluded {
		return false, err
	}
	if m.target != nil {
		ok, err := m.target.MatchString(module)
		if err != nil {
			return false, fmt.Errorf("lora: target_regexp %q on module %s: %w", m.config.TargetRegexp, module, err)
		}
		return ok, nil
	}
	if m.config.allLinear() {
		if m.config.TaskType == "SEQ_CLS" && slices.Contains(defaultModulesToSave, module) {
			return false, nil
		}
		hits[0]++
		return true, nil
	}
	matched := false
	for i, name := range m.config.TargetModules {
		if endsIn(module, name) {
			hits[i]++
			matched = true
		}
	}
	return matched, nil
}

// isExcluded tells whether the module is named in exclude_modules, or is, or lies
// in, one that PEFT keeps from being adapted because it is named in modules_to_save.
func (m *matcher) isExcluded(module string) (bool, error) {
	if m.exclude != nil {
		ok, err := m.exclude.MatchString(module)
		if err != nil {
			return false, fmt.Errorf("lora: exclude_regexp %q on module %s: %w", m.config.ExcludeRegexp, module, err)
		}
		if ok {
			return true, nil
		}
	}
	return slices.ContainsFunc(m.config.ExcludeModules, func(name string) bool { return endsIn(module, name) }) ||
		slices.ContainsFunc(m.config.ModulesToSave, func(name string) bool {
			return strings.Contains("."+module+".", "."+name+".")
		}), nil
}

// keptWhole reports the first of the names that match no module to adapt which is one to
// save whole: PEFT trains that one whole, without a word.
func (m *matcher) keptWhole(unmatched, modules []string) error {
	for _, name := range unmatched {
		at := slices.IndexFunc(modules, func(module string) bool {
			return endsIn(module, name) && savedModule(m.config.ModulesToSave, module+".weight") != ""
		})
		if at < 0 {
			continue
		}
		by := fmt.Sprintf("by modules_to_save %q", m.config.ModulesToSave)
		remedy := "leave it out of one of them"
		if slices.ContainsFunc(headsOf(m.config.TaskType), func(head string) bool { return strings.HasSuffix(modules[at], head) }) {
			by, remedy = "as a head of task_type "+m.config.TaskType, "leave it out, or set the task type to none to adapt it"
		}
		return &ConfigError{Field: "target_modules", Value: name, Reason: fmt.Sprintf("%s is trained and saved whole, %s, and not adapted as well: %s", modules[at], by, remedy)}
	}
	return nil
}

// endsIn tells whether a module is one, by its whole dotted name or by what follows
// a dot in it.
func endsIn(module, name string) bool {
	return module == name || strings.HasSuffix(module, "."+name)
}

// strength is the rank of a target's matrices, and alpha.
func (m *matcher) strength(t Target) (r int, alpha float64, err error) {
	r, alpha = m.config.R, m.config.Alpha
	if f := m.config.Fraction; f > 0 {
		r = max(1, int(math.Round(f*float64(t.In)*float64(t.Out)/float64(t.In+t.Out))))
	}
	if i, err := first(m.ranks, t.Name); err != nil {
		return 0, 0, err
	} else if i >= 0 {
		r = m.config.RankPattern[i].Value
	}
	if i, err := first(m.alphas, t.Name); err != nil {
		return 0, 0, err
	} else if i >= 0 {
		alpha = m.config.AlphaPattern[i].Value
	}
	return r, alpha, nil
}

// unused reports a pattern that is the first to match none of the modules.
func (m *matcher) unused(modules []string) error {
	for _, kind := range []struct {
		field       string
		expressions []*regexp2.Regexp
		value       func(i int) string
	}{
		{"rank_pattern", m.ranks, func(i int) string { return m.config.RankPattern[i].Modules }},
		{"alpha_pattern", m.alphas, func(i int) string { return m.config.AlphaPattern[i].Modules }},
	} {
		used := make([]bool, len(kind.expressions))
		for _, module := range modules {
			i, err := first(kind.expressions, module)
			if err != nil {
				return err
			}
			if i >= 0 {
				used[i] = true
			}
		}
		if i := slices.Index(used, false); i >= 0 {
			return &ConfigError{Field: kind.field, Value: kind.value(i), Reason: "matches no adapted module that an earlier pattern has left; they are " + strings.Join(dotted.Summary(modules), ", ")}
		}
	}
	return nil
}

// first is the index of the first expression that matches the module, or -1.
func first(expressions []*regexp2.Regexp, module string) (int, error) {
	for i, expression := range expressions {
		ok, err := expression.MatchString(module)
		if err != nil {
			return -1, fmt.Errorf("lora: pattern %s on module %s: %w", expression, module, err)
		}
		if ok {
			return i, nil
		}
	}
	return -1, nil
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

// peftName is dotted for a configuration, whose BaseModelPrefix PEFT's names do without.
func (c Config) peftName(path string) string {
	name := dotted.Name(path)
	if c.BaseModelPrefix == "" {
		return name
	}
	return strings.TrimPrefix(name, c.BaseModelPrefix+".")
}
