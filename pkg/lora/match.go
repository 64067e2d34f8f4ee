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

// matchTimeout ends a regular expression that backtracks for too long.
const matchTimeout = time.Second

// AllLinear, as the only one of a [Config]'s TargetModules, is every dense
// projection but the head that scores the classes.
const AllLinear = "all-linear"

// matcher finds the modules that a configuration adapts, by the rules of PEFT's
// check_target_module_exists, and their rank and alpha.
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

// compile compiles expr, which contains a field's value, in RE2 mode, which has Python's
// spelling of named groups. It compiles the value alone first: "a)(b" is no expression, but
// would become one within brackets.
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

// matchedTargets is what [matcher.targets] finds.
type matchedTargets struct {
	modules       []string // dotted names of the modules to adapt, in the order given
	unmatched     []string // names of the configuration that match no module
	layers        []int    // where layers are chosen: those of the modules with these names
	adaptedLayers []int    // and those of the modules to adapt
}

// targets finds the modules to adapt among the dotted names.
func (m *matcher) targets(modules []string) (found matchedTargets, err error) {
	hits := make([]int, len(m.config.TargetModules))
	for _, module := range modules {
		matched, err := m.matches(module, hits)
		if err != nil {
			return found, err
		}
		if !matched {
			continue
		}
		if m.layers != nil && !slices.Contains(m.config.TargetModules, module) { // a whole name counts in every layer
			n, ok, err := m.layers.layer(module)
			if err != nil {
				return found, err
			}
			if !ok {
				continue
			}
			found.layers = append(found.layers, n)
			if !slices.Contains(m.config.LayersToTransform, n) {
				continue
			}
			found.adaptedLayers = append(found.adaptedLayers, n)
		}
		found.modules = append(found.modules, module)
	}
	if m.target != nil && len(found.modules) == 0 {
		found.unmatched = []string{m.config.TargetRegexp}
	}
	for i, name := range m.config.TargetModules {
		if hits[i] == 0 {
			found.unmatched = append(found.unmatched, name)
		}
	}
	return found, nil
}

// matches reports whether a module is one to adapt in any layer, and counts in hits the
// target modules that match it.
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

// isExcluded reports whether exclude_modules names the module, or modules_to_save names it or
// a module that holds it, which PEFT does not adapt.
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

// savedInstead is an error for the first of the names that match no module to adapt because
// the module is saved whole. PEFT trains that one whole, and does not report it.
func (m *matcher) savedInstead(unmatched, modules []string) error {
	for _, name := range unmatched {
		i := slices.IndexFunc(modules, func(module string) bool {
			return endsIn(module, name) && savedModule(m.config.ModulesToSave, module+".weight") != ""
		})
		if i < 0 {
			continue
		}
		by := fmt.Sprintf("by modules_to_save %q", m.config.ModulesToSave)
		remedy := "leave it out of one of them"
		if slices.ContainsFunc(headsOf(m.config.TaskType), func(head string) bool { return strings.HasSuffix(modules[i], head) }) {
			by, remedy = "as a head of task_type "+m.config.TaskType, "leave it out, or set the task type to none to adapt it"
		}
		return &ConfigError{Field: "target_modules", Value: name, Reason: fmt.Sprintf("%s is trained and saved whole, %s, and not adapted as well: %s", modules[i], by, remedy)}
	}
	return nil
}

// endsIn reports whether a name is a module's whole dotted name, or the end of it after a dot.
func endsIn(module, name string) bool {
	return module == name || strings.HasSuffix(module, "."+name)
}

// strength returns the rank and alpha of a target.
func (m *matcher) strength(t Target) (r int, alpha float64, err error) {
	r, alpha = m.config.R, m.config.Alpha
	if f := m.config.Fraction; f > 0 {
		r = max(1, int(math.Round(f*float64(t.In)*float64(t.Out)/float64(t.In+t.Out))))
	}
	if i, err := firstMatch(m.ranks, t.Name); err != nil {
		return 0, 0, err
	} else if i >= 0 {
		r = m.config.RankPattern[i].Value
	}
	if i, err := firstMatch(m.alphas, t.Name); err != nil {
		return 0, 0, err
	} else if i >= 0 {
		alpha = m.config.AlphaPattern[i].Value
	}
	return r, alpha, nil
}

// unused is an error for a pattern that is not the first to match any of the modules.
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
			i, err := firstMatch(kind.expressions, module)
			if err != nil {
				return err
			}
			if i >= 0 {
				used[i] = true
			}
		}
		if i := slices.Index(used, false); i >= 0 {
			return &ConfigError{Field: kind.field, Value: kind.value(i), Reason: "matches no adapted module that no earlier pattern matches: expected one of " + strings.Join(dotted.Summary(modules), ", ")}
		}
	}
	return nil
}

// firstMatch is the index of the first expression that matches the module, or -1.
func firstMatch(expressions []*regexp2.Regexp, module string) (int, error) {
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

// savedModule is the outermost module that holds a variable and that modules_to_save names;
// empty where there is none. variable is its dotted name.
func savedModule(names []string, variable string) string {
	for end := 0; ; end++ {
		dot := strings.IndexByte(variable[end:], '.')
		if dot < 0 {
			return ""
		}
		end += dot
		module := variable[:end]
		if slices.ContainsFunc(names, func(name string) bool { return strings.HasSuffix(module, name) }) {
			return module
		}
	}
}

// peftName is PEFT's dotted name for a path, which is without the BaseModelPrefix.
func (c Config) peftName(path string) string {
	name := dotted.Name(path)
	if c.BaseModelPrefix == "" {
		return name
	}
	return strings.TrimPrefix(name, c.BaseModelPrefix+".")
}
