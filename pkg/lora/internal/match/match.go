// Package match finds the modules of a model that an adapter changes, by the rules of PEFT's
// target_modules, exclude_modules, layers_to_transform, modules_to_save, rank_pattern and
// alpha_pattern.
package match

import (
	"fmt"
	"slices"
	"strings"

	"github.com/dlclark/regexp2/v2"

	"github.com/lorabook/lorabook/internal/dotted"
)

// Settings select modules, by PEFT's settings of the same names.
type Settings struct {
	TargetModules     []string
	TargetRegexp      string
	AllLinear         bool // TargetModules is "all-linear": every module but the task's head
	ExcludeModules    []string
	ExcludeRegexp     string
	LayersToTransform []int
	LayersPattern     []string
	ModulesToSave     []string
	TaskType          string
	RankPattern       []string // names or regular expressions of the modules with a rank of their own
	AlphaPattern      []string // and with an alpha
}

// ClassifierHeads are the modules that PEFT saves whole for sequence classification.
var ClassifierHeads = []string{"classifier", "score"}

// HeadsOf returns the modules that PEFT adds to modules_to_save for a task.
func HeadsOf(task string) []string {
	switch task {
	case "SEQ_CLS", "TOKEN_CLS":
		return ClassifierHeads
	case "QUESTION_ANS":
		return []string{"qa_outputs"}
	}
	return nil
}

// Matcher finds the modules that an adapter changes, by the rules of PEFT's
// check_target_module_exists, and those with a rank or an alpha of their own.
type Matcher struct {
	settings        Settings
	target, exclude *regexp2.Regexp // nil for a list of names
	layers          *layerFinder
	ranks, alphas   []*regexp2.Regexp
}

// New compiles the settings. An invalid regular expression is a *[ConfigError].
func New(s Settings) (m *Matcher, err error) {
	m = &Matcher{settings: s}
	if s.TargetRegexp != "" {
		if m.target, err = compile("target_regexp", s.TargetRegexp, whole); err != nil {
			return nil, err
		}
	}
	if s.ExcludeRegexp != "" {
		if m.exclude, err = compile("exclude_regexp", s.ExcludeRegexp, whole); err != nil {
			return nil, err
		}
	}
	if len(s.LayersToTransform) > 0 {
		if m.layers, err = newLayerFinder(s.LayersPattern); err != nil {
			return nil, err
		}
	}
	if m.ranks, err = compileAll("rank_pattern", s.RankPattern); err != nil {
		return nil, err
	}
	m.alphas, err = compileAll("alpha_pattern", s.AlphaPattern)
	return m, err
}

func compileAll(field string, patterns []string) ([]*regexp2.Regexp, error) {
	var list []*regexp2.Regexp
	for _, p := range patterns {
		expr, err := compile(field, p, ending)
		if err != nil {
			return nil, err
		}
		list = append(list, expr)
	}
	return list, nil
}

// Targets are the modules that [Matcher.Targets] finds.
type Targets struct {
	Modules       []string // dotted names of the modules to adapt, in the order given
	Unmatched     []string // names of the configuration that match no module
	Layers        []int    // where layers are chosen: those of the modules with these names
	AdaptedLayers []int    // and those of the modules to adapt
}

// Targets finds the modules to adapt among the dotted names.
func (m *Matcher) Targets(modules []string) (found Targets, err error) {
	hits := make([]int, len(m.settings.TargetModules))
	for _, module := range modules {
		matched, err := m.matches(module, hits)
		if err != nil {
			return found, err
		}
		if !matched {
			continue
		}
		if m.layers != nil && !slices.Contains(m.settings.TargetModules, module) { // a whole name counts in every layer
			n, ok, err := m.layers.layer(module)
			if err != nil {
				return found, err
			}
			if !ok {
				continue
			}
			found.Layers = append(found.Layers, n)
			if !slices.Contains(m.settings.LayersToTransform, n) {
				continue
			}
			found.AdaptedLayers = append(found.AdaptedLayers, n)
		}
		found.Modules = append(found.Modules, module)
	}
	if m.target != nil && len(found.Modules) == 0 {
		found.Unmatched = []string{m.settings.TargetRegexp}
	}
	for i, name := range m.settings.TargetModules {
		if hits[i] == 0 {
			found.Unmatched = append(found.Unmatched, name)
		}
	}
	return found, nil
}

// matches reports whether a module is one to adapt in any layer, and counts in hits the
// target modules that match it.
func (m *Matcher) matches(module string, hits []int) (bool, error) {
	excluded, err := m.isExcluded(module)
	if err != nil || excluded {
		return false, err
	}
	if m.target != nil {
		ok, err := m.target.MatchString(module)
		if err != nil {
			return false, fmt.Errorf("lora: target_regexp %q on module %s: %w", m.settings.TargetRegexp, module, err)
		}
		return ok, nil
	}
	if m.settings.AllLinear {
		if m.settings.TaskType == "SEQ_CLS" && slices.Contains(ClassifierHeads, module) {
			return false, nil
		}
		hits[0]++
		return true, nil
	}
	matched := false
	for i, name := range m.settings.TargetModules {
		if endsIn(module, name) {
			hits[i]++
			matched = true
		}
	}
	return matched, nil
}

// isExcluded reports whether exclude_modules names the module, or modules_to_save names it or
// a module that holds it, which PEFT does not adapt.
func (m *Matcher) isExcluded(module string) (bool, error) {
	if m.exclude != nil {
		ok, err := m.exclude.MatchString(module)
		if err != nil {
			return false, fmt.Errorf("lora: exclude_regexp %q on module %s: %w", m.settings.ExcludeRegexp, module, err)
		}
		if ok {
			return true, nil
		}
	}
	return slices.ContainsFunc(m.settings.ExcludeModules, func(name string) bool { return endsIn(module, name) }) ||
		slices.ContainsFunc(m.settings.ModulesToSave, func(name string) bool {
			return strings.Contains("."+module+".", "."+name+".")
		}), nil
}

// SavedInstead is an error for the first of the names that match no module to adapt because
// the module is saved whole. PEFT trains that one whole, and does not report it.
func (m *Matcher) SavedInstead(unmatched, modules []string) error {
	for _, name := range unmatched {
		i := slices.IndexFunc(modules, func(module string) bool {
			return endsIn(module, name) && SavedModule(m.settings.ModulesToSave, module+".weight") != ""
		})
		if i < 0 {
			continue
		}
		by := fmt.Sprintf("by modules_to_save %q", m.settings.ModulesToSave)
		remedy := "leave it out of one of them"
		if slices.ContainsFunc(HeadsOf(m.settings.TaskType), func(head string) bool { return strings.HasSuffix(modules[i], head) }) {
			by, remedy = "as a head of task_type "+m.settings.TaskType, "leave it out, or set the task type to none to adapt it"
		}
		return &ConfigError{Field: "target_modules", Value: name, Reason: fmt.Sprintf("%s is trained and saved whole, %s, and not adapted as well: %s", modules[i], by, remedy)}
	}
	return nil
}

// endsIn reports whether a name is a module's whole dotted name, or the end of it after a dot.
func endsIn(module, name string) bool {
	return module == name || strings.HasSuffix(module, "."+name)
}

// RankPattern returns the index of the first rank pattern that matches the module; -1 for none.
func (m *Matcher) RankPattern(module string) (int, error) { return firstMatch(m.ranks, module) }

// AlphaPattern returns the index of the first alpha pattern that matches the module; -1 for none.
func (m *Matcher) AlphaPattern(module string) (int, error) { return firstMatch(m.alphas, module) }

// Unused is an error for a pattern that is not the first to match any of the modules.
func (m *Matcher) Unused(modules []string) error {
	for _, kind := range []struct {
		field       string
		expressions []*regexp2.Regexp
		value       func(i int) string
	}{
		{"rank_pattern", m.ranks, func(i int) string { return m.settings.RankPattern[i] }},
		{"alpha_pattern", m.alphas, func(i int) string { return m.settings.AlphaPattern[i] }},
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

// SavedModule is the outermost module that holds a variable and that modules_to_save names;
// empty where there is none. variable is its dotted name.
func SavedModule(names []string, variable string) string {
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
