package lora

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
)

// Target is an adapted projection or embedding.
type Target struct {
	Scope     string // absolute path of the module's scope
	Name      string // the same, dotted
	In, Out   int    // of its weight [out, in]; of an embedding's, which is [in, out]
	embedding bool
	R         int // rank of its matrices
	alpha     float64
	Scaling   float64
	Bias      bool // B has one
	DoRA      bool
}

// columns is the length of a row of the weight; output tells to which of the module's
// outputs the weight's value i belongs.
func (t Target) columns() int {
	if t.embedding {
		return t.Out
	}
	return t.In
}

func (t Target) output(i int) int {
	if t.embedding {
		return i % t.Out
	}
	return i / t.In
}

// pathWeight is the absolute path of the module's weight.
func (t Target) pathWeight() string { return t.Scope + "/weight" }

// PathA and pathB are the absolute paths of the target's matrices.
func (t Target) PathA() string { return t.matrix("A") }
func (t Target) PathB() string { return t.matrix("B") }

func (t Target) matrix(name string) string {
	if t.embedding {
		return t.Scope + "/lora_embedding_" + name
	}
	return t.Scope + "/lora_" + name + "/weight"
}

// PathBias is that of B's bias, where it has one; pathBase that of the module's own.
func (t Target) PathBias() string { return t.Scope + "/lora_B/bias" }
func (t Target) pathBase() string { return t.Scope + "/bias" }

// PathMagnitude is that of DoRA's vector.
func (t Target) PathMagnitude() string { return t.Scope + "/" + magnitudeName }

// SavedVariable is a variable of a module to save, or a bias that learns.
type SavedVariable struct {
	Module   string // dotted name of the outermost module to save that holds it, or of the bias's
	Name     string // its own dotted name
	key      string // in PEFT's file
	Variable *model.Variable
}

// Layout is where an adapter lies on a model: everything that follows from the
// configuration and the shapes, before anything is changed.
type Layout struct {
	Targets []Target
	sparse  []sparse // instead of targets, with SHiRA
	Saved   []SavedVariable
	Biases  []SavedVariable
	base    int // parameters of the model without the adapter

	absentLayers []int    // layers to transform that the model does not have, or that hold nothing to adapt
	projections  []string // scopes of all dense projections of the model
}

// newLayout finds the targets among the modules and embeddings, which are absolute
// paths of scopes, and the variables to save. Unless lenient, every name of the
// configuration must match something and the rank must fit the widths: PEFT asks
// for neither, so a file from it may do without.
func newLayout(c Config, m *matcher, store *model.Store, modules, embeddings []string, lenient bool) (*Layout, error) {
	dense := len(modules)
	var projections []string
	for _, module := range modules {
		projections = append(projections, dotted.Absolute(module))
	}
	if !c.allLinear() && !c.sparse() { // PEFT's SHiRA has projections only
		modules = slices.Concat(modules, embeddings)
	}
	scopes := make(map[string]string, len(modules)) // by dotted name
	names := make([]string, len(modules))
	for i, module := range modules {
		names[i] = c.peftName(module)
		if scopes[names[i]] != "" {
			return nil, fmt.Errorf("lora: module %s is listed twice", names[i])
		}
		scopes[names[i]] = dotted.Absolute(module)
	}
	chosen, unmatched, there, adapted, err := m.targets(names)
	if err != nil {
		return nil, err
	}
	if len(unmatched) == 0 && (!lenient || len(chosen) == 0) {
		if err := checkLayers(c.LayersToTransform, there, adapted); err != nil {
			return nil, err
		}
	}
	if len(chosen) == 0 || len(unmatched) > 0 && !lenient {
		field := "target_modules"
		if c.TargetRegexp != "" {
			field = "target_regexp"
		}
		if err := m.keptWhole(unmatched, names); err != nil && !lenient {
			return nil, err
		}
		return nil, &TargetError{Field: field, Wanted: unmatched, Modules: names}
	}

	l, method := &Layout{projections: projections}, c.initialization()
	for _, n := range c.LayersToTransform {
		if !slices.Contains(adapted, n) {
			l.absentLayers = append(l.absentLayers, n)
		}
	}
	for _, name := range chosen {
		t, err := newTarget(store, scopes[name], name, slices.Contains(names[dense:], name))
		if err != nil {
			return nil, err
		}
		if c.sparse() {
			s, err := newSparse(c, t)
			if err != nil {
				return nil, err
			}
			l.sparse = append(l.sparse, s)
			continue
		}
		t.Bias, t.DoRA = c.LoRABias, c.DoRA
		if t.Bias && t.embedding {
			return nil, &ConfigError{Field: "lora_bias", Value: c.LoRABias, Reason: fmt.Sprintf("does not go with embeddings, as in PEFT: leave it out, or %s", name)}
		}
		if t.embedding && method.DrawEmbedding == nil {
			return nil, &ConfigError{Field: "init_lora_weights", Value: c.Init, Reason: fmt.Sprintf("does not go with embeddings: take another initialization, or leave out %s", name)}
		}
		if t.R, t.alpha, err = m.strength(t); err != nil {
			return nil, err
		}
		t.Scaling = c.scaling(t.R, t.alpha)
		if method.EvenRank && !t.embedding && t.R%2 != 0 && !lenient {
			return nil, &ConfigError{Field: "init_lora_weights", Value: c.Init, Reason: fmt.Sprintf("takes even ranks only, %s would have %d", name, t.R)}
		}
		if width := min(t.In, t.Out); t.R > width && !lenient {
			field := "r"
			switch {
			case c.Fraction > 0:
				field = "fraction"
			case t.R != c.R:
				field = "rank_pattern"
			}
			return nil, &ConfigError{Field: field, Value: t.R, Reason: fmt.Sprintf("%s has a weight [%d, %d], so that %d is the highest rank of any sense", name, t.In*t.Out/t.columns(), t.columns(), width)}
		}
		l.Targets = append(l.Targets, t)
	}
	if err := l.checkSparse(c); err != nil {
		return nil, err
	}
	if !lenient {
		if err := m.unused(chosen); err != nil {
			return nil, err
		}
	}
	if err := l.findSaved(c, store, lenient); err != nil {
		return nil, err
	}
	l.findBiases(c, store)
	return l, nil
}

// Layout finds what an adapter of the configuration has on the model whose variables the
// store holds; modules and embeddings are as for [Adapter.Inject]. It is as lax as [Open]:
// names that match no module, and ranks beyond the width of a module, are allowed.
//
// Errors: a *[ConfigError] for a setting out of range, a *[TargetError] where no module
// matches, and an error for a module that cannot be adapted.
func (c Config) Layout(store *model.Store, modules []string, embeddings ...string) (*Layout, error) {
	a, err := newAdapter(c, true)
	if err != nil {
		return nil, err
	}
	return newLayout(a.config, a.matcher, store, modules, embeddings, true)
}

// Layout is where the adapter lies on its model; nil before it is injected. It must not be
// changed.
func (a *Adapter) Layout() *Layout { return a.layout }

// Store holds the variables of the adapter's model; nil before it is injected.
func (a *Adapter) Store() *model.Store { return a.store }

// Target finds the target of a module, by its scope.
func (l *Layout) Target(scope string) (t Target, ok bool) {
	i := slices.IndexFunc(l.Targets, func(t Target) bool { return t.Scope == scope })
	if i < 0 {
		return t, false
	}
	return l.Targets[i], true
}

// adapted are the adapted modules, of whatever kind.
func (l *Layout) adapted() []Target {
	list := slices.Clone(l.Targets)
	for _, s := range l.sparse {
		list = append(list, s.Target)
	}
	return list
}

// newTarget checks that the module can be adapted.
func newTarget(store *model.Store, scope, name string, embedding bool) (Target, error) {
	fail := func(format string, args ...any) (Target, error) {
		return Target{}, fmt.Errorf("lora: module %s: %s", name, fmt.Sprintf(format, args...))
	}
	weight := store.GetVariable(scope + "/weight")
	if weight == nil {
		return fail("the model has no variable %s/weight: load the model before the adapter", scope)
	}
	shape := weight.Shape()
	if shape.Rank() != 2 || !isFloat(shape.DType) {
		return fail("expected a weight [out, in] of floats, found %s", shape)
	}
	t := Target{Scope: scope, Name: name, In: shape.Dim(1), Out: shape.Dim(0), embedding: embedding}
	if embedding {
		t.In, t.Out = t.Out, t.In
	}
	for _, path := range []string{t.PathA(), t.PathB(), t.PathBias(), t.PathMagnitude(), sparse{Target: t}.pathValues()} {
		if store.GetVariable(path) != nil {
			return fail("it has an adapter already: variable %s is there", path)
		}
	}
	return t, nil
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
			matched[name] = matched[name] || savedModule([]string{name}, s.Name) != ""
		}
		if s.Module = savedModule(c.ModulesToSave, s.Name); s.Module == "" {
			continue
		}
		for _, t := range l.adapted() {
			if strings.HasPrefix(s.Name, t.Name+".") {
				return &ConfigError{Field: "modules_to_save", Value: c.ModulesToSave, Reason: fmt.Sprintf("%s would be adapted and trained whole: leave it out of the target modules or of the modules to save", t.Name)}
			}
		}
		if !isFloat(v.DType()) {
			return fmt.Errorf("lora: module to save %s: variable %s is %s, expected float32, bfloat16 or float16", s.Module, v.Path(), v.Shape())
		}
		l.Saved = append(l.Saved, s)
	}
	var unmatched []string
	for _, name := range c.ModulesToSave {
		if !matched[name] && !slices.Contains(defaultModulesToSave, name) && !slices.Contains(headsOf(c.TaskType), name) {
			unmatched = append(unmatched, name)
		}
	}
	if len(unmatched) > 0 && !lenient {
		return &TargetError{Field: "modules_to_save", Wanted: unmatched, Modules: modules}
	}
	slices.SortFunc(l.Saved, func(a, b SavedVariable) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

// isFloat tells whether weights of that type can be adapted and saved.
func isFloat(d dtypes.DType) bool {
	return d == dtypes.Float32 || d == dtypes.BFloat16 || d == dtypes.Float16
}
