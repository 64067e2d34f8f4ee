package finetune

import (
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/dotted"
)

// variableOf is the variable of a tensor's dotted name.
func variableOf(store *model.Store, name string) *model.Variable {
	return store.GetVariable(dotted.Path(name))
}

// variablesOf are those of tensors' dotted names; nil where there is none.
func variablesOf(store *model.Store, names []string) map[string]*model.Variable {
	variables := make(map[string]*model.Variable, len(names))
	for _, name := range names {
		variables[name] = variableOf(store, name)
	}
	return variables
}
