package variables

import (
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
)

// Of is the variable of a tensor's dotted name.
func Of(store *model.Store, name string) *model.Variable {
	return store.GetVariable(dotted.Path(name))
}

// All are those of tensors' dotted names; nil where there is none.
func All(store *model.Store, names []string) map[string]*model.Variable {
	variables := make(map[string]*model.Variable, len(names))
	for _, name := range names {
		variables[name] = Of(store, name)
	}
	return variables
}
