// Package engine selects and opens GoMLX's compute engine, and reports the selection with its
// reason:
//
//	e, err := engine.Open()
//	if err != nil {
//		return err
//	}
//	fmt.Println(e.Reason)
//	exec, err := model.NewExec(e.Backend, store, graph)
//
// The order is: GOMLX_BACKEND if it is set; otherwise XLA if its plugin is installed, CUDA
// before the CPU; otherwise the pure Go backend. XLA needs cgo: a build without cgo has only
// the Go backend.
//
// The Go backend never gets a bounded pool of workers, since such a pool can deadlock. If
// GOMLX_BACKEND requests one, the pool is unbounded, and Reason mentions it.
package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // the fallback backend
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/lorabook/lorabook/internal/homepath"
	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/internal/private"
	"github.com/lorabook/lorabook/internal/stdio"
)

// goConfig opens the pure Go backend without a bound on its workers.
const goConfig = goName + ":" + unboundedPool

// Engine is an open compute engine.
type Engine struct {
	Backend compute.Backend
	Config  string // value of GOMLX_BACKEND that selects the same engine: "xla:cpu", "go:parallelism=-1"
	Reason  string // reason of the selection, in a few words
}

// String is one line for logs: the engine, and why it was chosen.
func (e *Engine) String() string { return fmt.Sprintf("%s (%s)", e.Config, e.Reason) }

// Shared opens the engine once per process and returns the same engine afterwards: a tensor of
// one backend cannot be used by another.
var Shared = sync.OnceValues(Open)

// Open opens the engine. If the engine of GOMLX_BACKEND is not available, Open returns an
// error. If an installed XLA does not open, Open uses the Go backend, and Reason mentions it.
func Open() (*Engine, error) {
	if config := os.Getenv(compute.ConfigEnvVar); config != "" {
		backend, err := open(config)
		if err != nil {
			return nil, fmt.Errorf("%s=%s: %w", compute.ConfigEnvVar, config, err)
		}
		e := &Engine{backend, config, "requested by " + compute.ConfigEnvVar}
		return e, e.unbound()
	}
	why := "XLA is not built in, since cgo was disabled; `go run ./kernel install` installs its plugin and enables cgo in cells"
	if hasXLA() {
		why = "no XLA plugin found; `go run ./kernel install` installs it"
		for _, platform := range []string{"cuda", "cpu"} {
			path, ok := plugin.Find(platform)
			if !ok {
				continue
			}
			config := "xla:" + platform
			if err := private.CheckShared(filepath.Dir(path)); err != nil { // code from it runs in this process
				why = fmt.Sprintf("the XLA plugin %s is not used: %s, or set %s=%s if you trust those who can write to it", homepath.Short(path), homepath.Short(err.Error()), compute.ConfigEnvVar, config)
				continue
			}
			backend, err := open(config)
			if err == nil {
				return &Engine{backend, config, "plugin " + homepath.Short(path)}, nil
			}
			reason, _, _ := strings.Cut(err.Error(), "\n")
			why = fmt.Sprintf("the XLA plugin %s does not open: %s", homepath.Short(path), homepath.Short(reason))
		}
	}
	backend, err := open(goConfig)
	if err != nil {
		return nil, err
	}
	return &Engine{backend, goConfig, why}, nil
}

func hasXLA() bool { return slices.Contains(compute.List(), "xla") }

// open calls compute.NewWithConfig, which panics for an unknown name.
func open(config string) (backend compute.Backend, err error) {
	if name, _, _ := strings.Cut(config, ":"); !slices.Contains(compute.List(), name) {
		known := compute.List()
		slices.Sort(known)
		return nil, fmt.Errorf("unknown backend, expected one of this build's: %s", strings.Join(known, ", "))
	}
	if config == "xla:cpu" {
		if err := setFlags(); err != nil {
			return nil, err
		}
		keepPrograms() // the flags are part of the key of a program
	}
	defer stdio.SilenceStdout()()
	caught := exceptions.TryCatch[error](func() { backend, err = compute.NewWithConfig(config) })
	if caught != nil {
		return nil, caught
	}
	return backend, err
}
