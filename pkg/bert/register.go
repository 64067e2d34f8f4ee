package bert

import (
	"fmt"
	"sync"
)

// registry holds the models of [RegisterModel] by name.
var registry struct {
	sync.RWMutex
	dirs map[string]func() (string, error)
}

// RegisterModel makes [Resolve] and [Open] find a model under a name without a download.
// dir returns the model's folder; it may write the folder first, and is called each time
// the name is resolved. A folder or file of the same name in the working directory takes
// precedence.
//
// A package that provides a model calls RegisterModel from its init function, so that a
// program makes the model available by importing the package: see pkg/tiny. RegisterModel
// panics if dir is nil, or if the name is empty or registered already.
func RegisterModel(name string, dir func() (string, error)) {
	registry.Lock()
	defer registry.Unlock()
	if name == "" || dir == nil {
		panic("bert: RegisterModel: expected a name and a function that returns the model's folder")
	}
	if _, twice := registry.dirs[name]; twice {
		panic(fmt.Sprintf("bert: RegisterModel: the model %q is registered already", name))
	}
	if registry.dirs == nil {
		registry.dirs = map[string]func() (string, error){}
	}
	registry.dirs[name] = dir
}

// registered returns the function that was registered for the folder of a model.
func registered(name string) (dir func() (string, error), ok bool) {
	registry.RLock()
	defer registry.RUnlock()
	dir, ok = registry.dirs[name]
	return dir, ok
}
