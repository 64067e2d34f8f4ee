package adapters

import (
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
	Default = "default"  // the adapter that lies in a folder itself, not in one of its folders
)

// Set are named adapters on one base model, for use and not for training. All of
// them are in the model's graph from the beginning, as stacks of matrices with a slot
// for each: which one acts is a number that the graph reads. So switching, adding and
// deleting change values only, and nothing is built or compiled anew.
//
// The base's own variables are never changed. An adapter brings its matrices, DoRA's
// vectors, biases, and its modules to save (the classifier), which switch along.
// Adapters of different ranks, alphas, targets and kinds go together.
//
// It is not safe for use by several goroutines at once, and none of its methods may run
// while the model does.
type Set struct {
	store   *model.Store
	modules []string
	rooms   map[string]*room // by scope
	order   []*room          // as the modules
	slots   []*slot          // the base's first, which stays nil; nil where free
	active  *model.Variable
}

// slot is an adapter in its place.
type slot struct {
	name    string
	adapter *lora.Adapter // on a store of its own, which shares the base's tensors
}

// activePath is the variable that holds the slot that acts, int32. Its name begins as
// those of states do, so that it is not counted as a parameter; so do the stacks'.
const activePath = "/#lora_active"

// New sets room aside on the model whose variables the store holds for so many
// adapters of the given configurations, none being the zero [lora.Config]. modules are as
// for [lora.Adapter.Inject]. Each module gets matrices of the largest rank that one of the
// configurations gives it, which every adapter pays for in time and memory. What is
// saved whole, and the biases that learn, must be of the modules. The base acts until
// [Set.SetAdapter].
//
// A configuration that does not fit the model gives the errors of [lora.Open], a model that
// has an adapter already an error too. The store is then as it was.
func New(store *model.Store, modules []string, slots int, like ...lora.Config) (*Set, error) {
	if slots < 1 {
		return nil, fmt.Errorf("adapters: room for %d adapters: expected at least 1", slots)
	}
	if store.GetVariable(activePath) != nil {
		return nil, fmt.Errorf("adapters: the model has several adapters already: add to those")
	}
	for v := range store.IterVariables() {
		if strings.HasPrefix(v.Name(), "lora_") || strings.HasPrefix(v.Name(), "shira_") || strings.Contains(v.Scope(), "/lora_") {
			return nil, fmt.Errorf("adapters: the model has an adapter already: variable %s is there", v.Path())
		}
	}
	if len(like) == 0 {
		like = []lora.Config{{}}
	}
	s := &Set{store: store, modules: slices.Clone(modules), rooms: map[string]*room{}, slots: make([]*slot, 1+slots)}
	for _, c := range like {
		l, err := c.Layout(store, modules)
		if err != nil {
			return nil, err
		}
		if err := s.widen(c, l); err != nil {
			return nil, err
		}
	}
	for _, module := range modules {
		if r := s.rooms[dotted.Absolute(module)]; r != nil {
			s.order = append(s.order, r)
		}
	}
	stacks := map[string]*tensors.Tensor{activePath: tensors.FromScalar(int32(0))}
	for _, r := range s.order {
		if err := r.stacks(store, len(s.slots), stacks); err != nil {
			return nil, err
		}
	}
	err := exceptions.TryCatch[error](func() {
		for _, path := range slices.Sorted(maps.Keys(stacks)) {
			store.VariableWithValue(path, stacks[path]).SetTrainable(false)
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
	for _, one := range s.slots {
		if one != nil {
			names = append(names, one.name)
		}
	}
	slices.Sort(names)
	return names
}

// find is the number of an adapter's slot, 0 of [Base].
func (s *Set) find(name string) (int, error) {
	if name == Base {
		return 0, nil
	}
	for i, one := range s.slots {
		if one != nil && one.name == name {
			return i, nil
		}
	}
	return 0, &NameError{Name: name, Reason: "is not there", Names: s.Names()}
}

// adapter is the one of the name; the base is none.
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

// Config is the configuration of an adapter, its defaults filled in. A name that there
// is not gives a *[NameError].
func (s *Set) Config(name string) (lora.Config, error) {
	a, err := s.adapter(name)
	if err != nil {
		return lora.Config{}, err
	}
	return a.Config(), nil
}

// Labels are the names of the classes of an adapter, as [lora.Adapter.Labels] gives them. A name
// that there is not gives a *[NameError].
func (s *Set) Labels(name string) ([]string, error) {
	a, err := s.adapter(name)
	if err != nil {
		return nil, err
	}
	return a.Labels(), nil
}

// Add adds a fresh adapter under a name, drawn as [lora.Adapter.Inject] draws it; which one
// acts stays as it is. Errors: a *[NameError] for a name that is taken or cannot be a
// folder's; those of [New] and [lora.Adapter.Inject]; a *[RoomError] for what
// [New] set no room aside for. After an error nothing is changed.
func (s *Set) Add(name string, c lora.Config, seed int64) error {
	a, err := lora.New(c)
	if err != nil {
		return fmt.Errorf("adapter %q: %w", name, err)
	}
	return s.put(name, c, func(own *model.Store) (*lora.Adapter, error) {
		if err := s.unshare(c, own); err != nil {
			return nil, err
		}
		if err := a.Inject(own, s.modules, seed); err != nil {
			return nil, err
		}
		return a, s.share(a)
	})
}

// Open adds the adapter that is saved in a folder, by PEFT or by [lora.Adapter.Save]. Errors
// are those of [lora.Open] and, but for the configuration, of [Set.Add]: an adapter of
// another base gives a *[lora.TensorsError] or a *[lora.TargetError]. After an error nothing is
// changed.
func (s *Set) Open(name, dir string) error {
	c, err := lora.ReadConfig(dir)
	if err != nil {
		return fmt.Errorf("adapter %q: %w", name, err)
	}
	return s.put(name, c, func(own *model.Store) (*lora.Adapter, error) {
		return lora.Open(dir, own, s.modules)
	})
}

// put makes an adapter on a store of its own and copies its values into a free slot.
func (s *Set) put(name string, c lora.Config, make func(own *model.Store) (*lora.Adapter, error)) error {
	if err := s.checkNew(name); err != nil {
		return err
	}
	free := 1 + slices.Index(s.slots[1:], nil)
	if free == 0 {
		return &RoomError{name, "slots", len(s.slots) - 1, "every slot is taken: delete an adapter, or make room for more"}
	}
	fail := func(err error) error { return fmt.Errorf("adapter %q: %w", name, err) }
	own, err := s.ownStore(c)
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

// checkNew refuses a name that is taken, or that cannot be that of an adapter's folder.
func (s *Set) checkNew(name string) error {
	bad := ""
	switch {
	case name == "" || strings.HasPrefix(name, ".") || strings.ContainsAny(name, "/\\\x00"):
		bad = "is not fit for the name of the folder in which it would be saved: expected no / and no dot at its beginning"
	case name == Base:
		bad = "stands for the model without an adapter: choose another name"
	case slices.Contains(s.Names(), name):
		bad = "is there already: delete it first, or choose another name"
	default:
		return nil
	}
	return &NameError{Name: name, Reason: bad, Names: s.Names()}
}

// SetAdapter lets one adapter act for all rows of [Set.Wrap]'s graph, and no
// other; [Base] lets none. A name that there is not gives a *[NameError].
func (s *Set) SetAdapter(name string) error {
	i, err := s.find(name)
	if err != nil {
		return err
	}
	return s.active.SetValue(tensors.FromScalar(int32(i)))
}

// Active is the name of the adapter that acts, or [Base].
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

// Delete forgets an adapter; its slot is free for another. When it was the one that
// acts the base acts: PEFT would go on to another adapter. A name that there is not
// gives a *[NameError].
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

// Rows are the slots of the adapters that each row of a batch asks for, [Base] for
// none, as [Set.WrapRows] takes them; PEFT's adapter_names. They hold until one of
// the adapters is deleted. A name that there is not gives a *[NameError].
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
