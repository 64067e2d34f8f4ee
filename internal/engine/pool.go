package engine

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute"
)

const (
	goName        = "go"
	unboundedPool = "parallelism=-1"
)

// InGo reports whether the backend is the pure Go one, whose tensors are in Go's memory.
func InGo(backend compute.Backend) bool { return backend.Name() == "Go Backend" }

// parallelism is the prefix of the pool's bound in the Go backend's description.
var parallelism = regexp.MustCompile(`\(parallelism=(-?[0-9]+)\)`)

// boundOf is the bound of a backend's pool of workers: more than 0 only for the Go backend.
// Without the option "parallelism" it is twice the number of processors; 0 means no pool, a
// negative number no bound.
func boundOf(backend compute.Backend) int {
	found := parallelism.FindStringSubmatch(backend.Description())
	if found == nil {
		return 0
	}
	n, err := strconv.Atoi(found[1])
	if err != nil {
		return 0
	}
	return n
}

// why explains the problem of a bounded pool.
const why = "a bounded pool of workers can deadlock (compute v0.1.3)"

// CheckPool refuses the Go backend with a bounded pool of workers, in which training and
// evaluation can deadlock.
func CheckPool(backend compute.Backend) error {
	if n := boundOf(backend); n > 0 {
		return fmt.Errorf("the Go backend has a pool of at most %d workers, and %s: open it with compute.NewWithConfig(%q); GOMAXPROCS bounds the processors that it uses", n, why, goConfig)
	}
	return nil
}

// unbound opens the engine again without a bound if its pool has one.
func (e *Engine) unbound() error {
	n := boundOf(e.Backend)
	if n <= 0 {
		return nil
	}
	asked := e.Config
	name, options, _ := strings.Cut(asked, ":")
	others := slices.DeleteFunc(strings.Split(options, ","), func(option string) bool {
		return option == "" || strings.HasPrefix(option, "parallelism=")
	})
	e.Config = name + ":" + strings.Join(append(others, unboundedPool), ",")
	backend, err := open(e.Config)
	if err != nil {
		return fmt.Errorf("%s=%s: %w", compute.ConfigEnvVar, e.Config, err)
	}
	e.Backend.Finalize()
	e.Backend = backend
	e.Reason = fmt.Sprintf("%s is %s, but %s, so %s; GOMAXPROCS bounds the processors", compute.ConfigEnvVar, asked, why, unboundedPool)
	return nil
}
