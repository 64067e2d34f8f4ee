package lora

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/pkg/lora/internal/match"
)

// Layout is what an adapter has on a model: everything that follows from the configuration
// and the shapes, before anything is changed.
type Layout struct {
	Targets []Target        // adapted modules, none with SHiRA
	Saved   []SavedVariable // of the modules to save
	Biases  []SavedVariable // of the model, that learn

	sparse       []sparse // instead of targets, with SHiRA
	base         int      // parameters of the model without the adapter
	absentLayers []int    // layers to transform that the model does not have, or that hold nothing to adapt
	projections  []string // scopes of all dense projections of the model
	rounded      []string // names of tensors in the file that was read, which are rounded copies of the model's
}

// SavedVariable is a variable of a module to save, or a bias that learns.
type SavedVariable struct {
	Module   string // dotted name of the module to save that holds it (the outermost), or of the bias's
	Name     string // its own dotted name
	Variable *model.Variable
	key      string // in PEFT's file
}

// Layout finds what an adapter of the configuration has on the model whose variables the
// store holds; modules and embeddings are as for [Adapter.Inject]. It is as lax as [Open]:
// names that match no module, and ranks larger than the width of a module, are allowed.
//
// Errors: a *[ConfigError] for each setting out of range, a *[TargetError] where no module
// matches, and an error for a module that cannot be adapted.
func (c Config) Layout(store *model.Store, modules []string, embeddings ...string) (*Layout, error) {
	a, err := newAdapter(c, true)
	if err != nil {
		return nil, err
	}
	return newLayout(a.config, a.matcher, store, modules, embeddings, true)
}

// Layout is what the adapter has on its model; nil before it is injected. It must not be
// changed.
func (a *Adapter) Layout() *Layout { return a.layout }

// Store holds the variables of the adapter's model; nil before it is injected.
func (a *Adapter) Store() *model.Store { return a.store }

// Target returns the target with the scope of a module, an absolute path; false where the
// module is not adapted.
func (l *Layout) Target(scope string) (t Target, ok bool) {
	i := slices.IndexFunc(l.Targets, func(t Target) bool { return t.Scope == scope })
	if i < 0 {
		return t, false
	}
	return l.Targets[i], true
}

// newLayout finds the targets among the modules and embeddings, which are absolute paths of
// scopes, and the variables to save. Unless lenient, every name of the configuration must
// match something and the rank must fit the widths, which PEFT does not require of its files.
func newLayout(c Config, m *match.Matcher, store *model.Store, modules, embeddings []string, lenient bool) (*Layout, error) {
	if store == nil {
		return nil, errNoStore
	}
	l := &Layout{}
	for _, module := range modules {
		l.projections = append(l.projections, dotted.Absolute(module))
	}
	if c.allLinear() || c.sparse() { // SHiRA has projections only, in PEFT too
		embeddings = nil
	}
	scopes := map[string]string{} // by dotted name
	var names []string
	for _, module := range slices.Concat(modules, embeddings) {
		name := c.peftName(module)
		if scopes[name] != "" {
			return nil, fmt.Errorf("lora: module %s is listed twice", name)
		}
		scopes[name] = dotted.Absolute(module)
		names = append(names, name)
	}
	chosen, err := l.choose(c, m, names, lenient)
	if err != nil {
		return nil, err
	}
	for _, name := range chosen {
		if err := l.addTarget(c, m, store, scopes[name], name, slices.Contains(names[len(modules):], name), lenient); err != nil {
			return nil, err
		}
	}
	if err := l.checkSHiRA(c); err != nil {
		return nil, err
	}
	if !lenient {
		if err := m.Unused(chosen); err != nil {
			return nil, err
		}
	}
	if err := l.findSaved(c, store, lenient); err != nil {
		return nil, err
	}
	l.findBiases(c, store)
	return l, nil
}

// choose returns the dotted names of the modules to adapt, at least one.
func (l *Layout) choose(c Config, m *match.Matcher, names []string, lenient bool) ([]string, error) {
	found, err := m.Targets(names)
	if err != nil {
		return nil, err
	}
	for _, n := range c.LayersToTransform {
		if !slices.Contains(found.AdaptedLayers, n) {
			l.absentLayers = append(l.absentLayers, n)
		}
	}
	none := len(found.Modules) == 0
	if len(found.Unmatched) == 0 && (!lenient || none) {
		if err := match.CheckLayers(c.LayersToTransform, found.Layers, found.AdaptedLayers); err != nil {
			return nil, err
		}
	}
	if !none && (len(found.Unmatched) == 0 || lenient) {
		return found.Modules, nil
	}
	if err := m.SavedInstead(found.Unmatched, names); err != nil && !lenient {
		return nil, err
	}
	field := "target_modules"
	if c.TargetRegexp != "" {
		field = "target_regexp"
	}
	return nil, &TargetError{Field: field, Wanted: found.Unmatched, Modules: names}
}

// addTarget adds a module to adapt.
func (l *Layout) addTarget(c Config, m *match.Matcher, store *model.Store, scope, name string, embedding, lenient bool) error {
	t, err := newTarget(store, scope, name, embedding)
	if err != nil {
		return err
	}
	if c.sparse() {
		s, err := newSparse(c, t)
		if err != nil {
			return err
		}
		l.sparse = append(l.sparse, s)
		return nil
	}
	if err := t.complete(c, m, lenient); err != nil {
		return err
	}
	l.Targets = append(l.Targets, t)
	return nil
}

// adapted returns the adapted modules, those of SHiRA too.
func (l *Layout) adapted() []Target {
	list := slices.Clone(l.Targets)
	for _, s := range l.sparse {
		list = append(list, s.Target)
	}
	return list
}

// findSaved counts the model's parameters and finds those to save.
func (l *Layout) findSaved(c Config, store *model.Store, lenient bool) error {
	matched := map[string]bool{}
	var modules []string
	for v := range store.IterVariables() {
		if !v.DType().IsFloat() || strings.HasPrefix(v.Name(), "#") { // state, as a random generator's
			continue
		}
		l.base += v.Shape().Size()
		s := SavedVariable{Name: c.peftName(v.Path()), key: peftPrefix + c.peftName(v.Path()), Variable: v}
		if module := c.peftName(v.Scope()); !slices.Contains(modules, module) {
			modules = append(modules, module)
		}
		for _, name := range c.ModulesToSave {
			matched[name] = matched[name] || match.SavedModule([]string{name}, s.Name) != ""
		}
		if s.Module = match.SavedModule(c.ModulesToSave, s.Name); s.Module == "" {
			continue
		}
		for _, t := range l.adapted() {
			if strings.HasPrefix(s.Name, t.Name+".") {
				return &ConfigError{Field: "modules_to_save", Value: c.ModulesToSave, Reason: fmt.Sprintf("%s would be adapted and trained whole: leave it out of the target modules or of the modules to save", t.Name)}
			}
		}
		if !floats.Supported(v.DType()) {
			return fmt.Errorf("lora: module to save %s: variable %s is %s, expected float32, bfloat16 or float16", s.Module, v.Path(), v.Shape())
		}
		l.Saved = append(l.Saved, s)
	}
	var unmatched []string
	for _, name := range c.ModulesToSave {
		if !matched[name] && !slices.Contains(match.ClassifierHeads, name) && !slices.Contains(match.HeadsOf(c.TaskType), name) {
			unmatched = append(unmatched, name)
		}
	}
	if len(unmatched) > 0 && !lenient {
		return &TargetError{Field: "modules_to_save", Wanted: unmatched, Modules: modules}
	}
	slices.SortFunc(l.Saved, func(a, b SavedVariable) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// findBiases finds the biases of the model that learn. Those of the modules to save are not
// among them: such a module learns whole.
func (l *Layout) findBiases(c Config, store *model.Store) {
	if c.Bias == BiasNone {
		return
	}
	adapted := map[string]bool{}
	for _, t := range l.Targets {
		adapted[t.Name] = true
	}
	for v := range store.IterVariables() {
		name := c.peftName(v.Path())
		module, ok := strings.CutSuffix(name, ".bias")
		if !ok || !floats.Supported(v.DType()) || match.SavedModule(c.ModulesToSave, name) != "" {
			continue
		}
		s := SavedVariable{Module: module, Name: name, key: peftPrefix + name, Variable: v}
		if adapted[module] {
			s.key = peftPrefix + module + ".base_layer.bias"
		} else if c.Bias != BiasAll {
			continue
		}
		l.Biases = append(l.Biases, s)
	}
	slices.SortFunc(l.Biases, func(a, b SavedVariable) int { return strings.Compare(a.Name, b.Name) })
}
