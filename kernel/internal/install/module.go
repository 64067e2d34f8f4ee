package install

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
)

// ModulePath is the path of the module that the kernel is installed for.
const ModulePath = "github.com/lorabook/lorabook"

// ErrNoModule is returned by [FindModule] outside a checkout of lorabook.
var ErrNoModule = errors.New("no checkout of " + ModulePath)

// Module is a checkout of lorabook: the folder of its go.mod, and its requirements.
type Module struct {
	Dir       string            // absolute
	GoVersion string            // the language version of the go line, "1.26.5"
	Requires  map[string]string // version by module path
}

// FindModule looks for the checkout in dir and the folders above it.
func FindModule(dir string) (*Module, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for at := start; ; at = filepath.Dir(at) {
		module, err := readModule(at)
		if module != nil || err != nil {
			return module, err
		}
		if at == filepath.Dir(at) {
			return nil, fmt.Errorf("%w in %s or above it: run this in the folder with lorabook's go.mod", ErrNoModule, start)
		}
	}
}

// readModule reads the go.mod of dir. It returns "" if there is none, or if it belongs to
// another module.
func readModule(dir string) (*Module, error) {
	path := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if modfile.ModulePath(text) != ModulePath {
		return nil, nil
	}
	file, err := modfile.Parse(path, text, nil)
	if err != nil {
		return nil, fmt.Errorf("go.mod of %s: %w", ModulePath, err)
	}
	module := &Module{Dir: dir, Requires: make(map[string]string)}
	if file.Go != nil {
		module.GoVersion = file.Go.Version
	}
	for _, require := range file.Require {
		module.Requires[require.Mod.Path] = require.Mod.Version
	}
	return module, nil
}
