package weights

import (
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/variables"
	"github.com/lorabook/lorabook/pkg/bert"
)

// Base names a model. The files of trained tensors contain it.
type Base struct {
	Name     string
	Revision string // on the hub; "" for the main branch and for folders
}

// tensors are trainable weights of a model.
type tensors struct {
	variables      map[string]*model.Variable // under the hub's names
	base           Base                       // their model
	trainable, all int                        // numbers of parameters
}

// newTensors makes the weights of a model trainable for which choose returns true.
func newTensors(m *bert.Model, base Base, choose func(name string) bool) tensors {
	l := tensors{variables: map[string]*model.Variable{}, base: base}
	for v := range m.Store.IterVariables() {
		l.all += v.Shape().Size()
		if name := dotted.Name(v.Path()); choose(name) {
			l.variables[name] = v.SetTrainable(true)
			l.trainable += v.Shape().Size()
		}
	}
	return l
}

func (l tensors) WithoutChecksum() []string { return nil }

func (l tensors) Counts() (trainable, all int, err error) { return l.trainable, l.all, nil }

// write writes the tensors to the file path atomically.
func (l tensors) write(path string) error {
	metadata := map[string]string{"format": "pt", "base_model": l.base.Name}
	if l.base.Revision != "" {
		metadata["base_revision"] = l.base.Revision
	}
	return variables.Write(path, l.variables, metadata)
}
