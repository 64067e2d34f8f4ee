package adapters

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/pkg/lora"
)

// Names of adapters with a meaning of their own, as in PEFT.
const (
	Base    = "__base__" // the model without an adapter
	Default = "default"  // the adapter that is saved in a folder itself, and not in a folder in it
)

// Set holds named adapters on one base model, for use and not for training. The model's graph
// has a slot for each adapter in stacked variables, and reads the number of the active slot. So
// activating, adding and deleting adapters change values only, and nothing is built or compiled
// again.
//
// The base's own variables never change. An adapter has its matrices, DoRA's magnitudes, biases
// and modules to save (the classifier). A set can have adapters of different ranks, alphas,
// targets and kinds.
//
// It is not safe for concurrent use, and none of its methods may run while the model does.
type Set struct {
	store   *model.Store
	modules []string
	stacks  map[string]*stack // by scope
	order   []*stack          // as the modules
	slots   []*slot           // the first is the base's and stays nil; nil where free
	active  *model.Variable
	outputs map[string]int // largest number of outputs, by scope, of modules to save whose number differs by adapter
}

// slot is an adapter in a slot.
type slot struct {
	name    string
	adapter *lora.Adapter // on a store of its own, which shares the base's tensors
}

// activePath is the path of the number of the active slot, int32. Its name and those of the
// stacks' variables begin with #, as names of states do, so that they do not count as
// parameters.
const activePath = "/#lora_active"

// New makes a set without adapters on the model whose variables the store holds, with a number
// of slots for adapters of the given configurations; without any, for the zero [lora.Config].
// modules are as for [lora.Adapter.Inject]. Each module gets matrices of the largest rank that
// one of the configurations gives it, at which every adapter is computed. Modules to save, and
// biases that learn, must be among the modules. The base is active until [Set.SetAdapter].
//
// Errors: those of [lora.Config.Layout] for a configuration that does not fit the model; a
// *[lora.ConfigError] for one that a set cannot have; an error for a model that has an adapter
// already. The store is then as it was.
func New(store *model.Store, modules []string, slots int, configs ...lora.Config) (*Set, error) {
	return newSet(store, modules, slots, nil, configs)
}

// newSet is [New] with the largest numbers of outputs of modules to save, by the modules' names, as
// for [OpenOutputs].
func newSet(store *model.Store, modules []string, slots int, outputs map[string]int, configs []lora.Config) (*Set, error) {
	if slots < 1 {
		return nil, fmt.Errorf("adapters: found %d slots, expected at least 1", slots)
	}
	if store == nil {
		return nil, errors.New("adapters: the store of the model's variables is nil, expected that of an opened model (bert.Model.Store)")
	}
	if store.GetVariable(activePath) != nil {
		return nil, fmt.Errorf("adapters: the model has a set of adapters already: add to that")
	}
	for v := range store.IterVariables() {
		if strings.HasPrefix(v.Name(), "lora_") || strings.HasPrefix(v.Name(), "shira_") || strings.Contains(v.Scope(), "/lora_") {
			return nil, fmt.Errorf("adapters: the model has an adapter already: variable %s is there", v.Path())
		}
	}
	if len(configs) == 0 {
		configs = []lora.Config{{}}
	}
	s := &Set{store: store, modules: slices.Clone(modules), stacks: map[string]*stack{}, slots: make([]*slot, 1+slots), outputs: map[string]int{}}
	for module, n := range outputs {
		s.outputs[dotted.Absolute(module)] = n
	}
	for _, c := range configs {
		l, err := c.Layout(store, modules)
		if err != nil {
			return nil, err
		}
		if err := s.widen(c, l); err != nil {
			return nil, err
		}
	}
	for _, module := range modules {
		if k := s.stacks[dotted.Absolute(module)]; k != nil {
			s.order = append(s.order, k)
		}
	}
	values := map[string]*tensors.Tensor{activePath: tensors.FromScalar(int32(0))}
	for _, k := range s.order {
		if err := k.variables(store, len(s.slots), values); err != nil {
			return nil, err
		}
	}
	err := exceptions.TryCatch[error](func() {
		for _, path := range slices.Sorted(maps.Keys(values)) {
			store.VariableWithValue(path, values[path]).SetTrainable(false)
		}
	})
	if err != nil {
		return nil, err
	}
	s.active = store.GetVariable(activePath)
	return s, nil
}

// Names are the adapters' names, sorted.
func (s *Set) Names() []string {
	var names []string
	for _, slot := range s.slots {
		if slot != nil {
			names = append(names, slot.name)
		}
	}
	slices.Sort(names)
	return names
}

// Outputs returns the number of outputs of a module, by its dotted name, in the graph of
// [Set.Wrap]: the largest number of the adapters' places if the module is one to save. It is 0 for a
// module that no adapter can have.
func (s *Set) Outputs(module string) int {
	switch k := s.stacks[dotted.Absolute(module)]; {
	case k == nil:
		return 0
	case k.saved:
		return k.savedOut
	default:
		return k.out
	}
}

// find returns the number of an adapter's slot, 0 for [Base].
func (s *Set) find(name string) (int, error) {
	if name == Base {
		return 0, nil
	}
	for i, slot := range s.slots {
		if slot != nil && slot.name == name {
			return i, nil
		}
	}
	return 0, &NameError{Name: name, Reason: "is not in the set", Names: s.Names()}
}

// adapter returns the adapter of a name. The base is not an adapter.
func (s *Set) adapter(name string) (*lora.Adapter, error) {
	i, err := s.find(name)
	if err == nil && i == 0 {
		err = &NameError{Name: name, Reason: "stands for the model without an adapter", Names: s.Names()}
	}
	if err != nil {
		return nil, err
	}
	return s.slots[i].adapter, nil
}

// Add adds a fresh adapter, initialized as by [lora.Adapter.Inject]. The active adapter stays
// active. Errors: a *[NameError] for a name that another adapter has or that cannot be the name
// of a folder; those of [lora.New] and [lora.Adapter.Inject]; a *[lora.ConfigError] for an
// initialization that changes the base's weights; a *[CapacityError] for an adapter for which
// the set has no place. After an error nothing is changed.
func (s *Set) Add(name string, c lora.Config, seed int64) error {
	a, err := lora.New(c)
	if err != nil {
		return fmt.Errorf("adapter %q: %w", name, err)
	}
	return s.put(name, c, nil, func(own *model.Store) (*lora.Adapter, error) {
		if err := s.copyWeights(c, own); err != nil {
			return nil, err
		}
		if err := a.Inject(own, s.modules, seed); err != nil {
			return nil, err
		}
		return a, s.shareWeights(a)
	})
}

// Open adds the adapter that is saved in a folder, by PEFT or by [lora.Adapter.Save]. Errors
// are those of [lora.Open], where an adapter of another base gives a *[lora.TensorsError] or a
// *[lora.TargetError], and the *[NameError] and *[CapacityError] of [Set.Add]. After an error
// nothing is changed.
func (s *Set) Open(name, dir string) error {
	c, err := lora.ReadConfig(dir)
	if err != nil {
		return fmt.Errorf("adapter %q: %w", name, err)
	}
	return s.put(name, c, s.outputsIn(dir), func(own *model.Store) (*lora.Adapter, error) {
		return lora.Open(dir, own, s.modules)
	})
}

// put makes an adapter on a store of its own, and copies its values into a free slot. outputs are
// as for ownStore.
func (s *Set) put(name string, c lora.Config, outputs map[string]int, make func(own *model.Store) (*lora.Adapter, error)) error {
	free, err := s.free(name)
	if err != nil {
		return err
	}
	fail := func(err error) error { return fmt.Errorf("adapter %q: %w", name, err) }
	own, err := s.ownStore(c, outputs)
	if err != nil {
		return fail(err)
	}
	a, err := make(own)
	if err != nil {
		return fail(err)
	}
	if err := s.write(free, name, a); err != nil {
		return err
	}
	s.slots[free] = &slot{name, a}
	return nil
}

// checkNew is an error for a name that another adapter has, or that cannot be the name of a
// folder.
func (s *Set) checkNew(name string) error {
	reason := ""
	switch {
	case name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "/\\\x00"):
		reason = "cannot be saved in a folder of that name: expected a name without / and without a dot at its beginning"
	case name == Base:
		reason = "stands for the model without an adapter: choose another name"
	case slices.Contains(s.Names(), name):
		reason = "is in the set already: delete it first, or choose another name"
	default:
		return nil
	}
	return &NameError{Name: name, Reason: reason, Names: s.Names()}
}

// SetAdapter activates one adapter for all rows of the graph of [Set.Wrap]; [Base] activates
// none. An unknown name gives a *[NameError].
func (s *Set) SetAdapter(name string) error {
	i, err := s.find(name)
	if err != nil {
		return err
	}
	return s.active.SetValue(tensors.FromScalar(int32(i)))
}

// Active is the name of the active adapter, or [Base].
func (s *Set) Active() (string, error) {
	value, err := s.active.Value()
	if err != nil {
		return "", fmt.Errorf("adapters: %w", err)
	}
	if i := tensors.ToScalar[int32](value); i > 0 {
		return s.slots[i].name, nil
	}
	return Base, nil
}

// Delete removes an adapter, and its slot is free for another. Where it was active, the base
// becomes active; PEFT activates another adapter instead. An unknown name gives a *[NameError].
func (s *Set) Delete(name string) error {
	if _, err := s.adapter(name); err != nil {
		return err
	}
	active, err := s.Active()
	if err != nil {
		return err
	}
	if active == name {
		if err := s.SetAdapter(Base); err != nil {
			return err
		}
	}
	i, err := s.find(name)
	if err != nil {
		return err
	}
	s.slots[i] = nil
	return nil
}

// Rows returns the slots of the adapters that the rows of a batch use, [Base] for none, as
// [Set.WrapRows] takes them; PEFT's adapter_names. They are valid until one of the adapters is
// deleted. An unknown name gives a *[NameError].
func (s *Set) Rows(names []string) ([]int32, error) {
	rows := make([]int32, len(names))
	for i, name := range names {
		n, err := s.find(name)
		if err != nil {
			return nil, err
		}
		rows[i] = int32(n)
	}
	return rows, nil
}
