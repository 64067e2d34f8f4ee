package trainer

import (
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/train/optimizer"
)

// StateVariables are the variables that a training changes, by their name in a checkpoint:
// the trainable ones, the optimizer's moments and counters, and the random state.
func StateVariables(store *model.Store) map[string]*model.Variable {
	variables := map[string]*model.Variable{}
	for v := range store.IterVariables() {
		path := v.Path()
		if v.Trainable || path == "/"+model.RNGStateVariableName || path == "/"+optimizer.GlobalStepVariableName ||
			strings.HasPrefix(path, "/"+adamScope+"/") {
			variables[strings.TrimPrefix(path, "/")] = v
		}
	}
	return variables
}
