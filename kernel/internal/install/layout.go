package install

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

// Layout contains the paths of an installation.
type Layout struct {
	Bin       string // folder of gonb, goimports and gopls
	Kernel    string // folder of the kernelspec: kernel.json and its logo
	PluginDir string // folder XLA's plugin is put into, if none is found elsewhere
}

// KernelName is the folder name of the kernelspec; notebooks refer to it.
const KernelName = "gonb"

// ErrNoHome is returned by [NewLayout] for a user without a home folder.
var ErrNoHome = errors.New("this user has no home folder: set HOME, or install with --prefix DIR")

// NewLayout returns the layout under prefix. If prefix is empty, it returns this user's layout:
// the tools in the user's cache, the kernelspec in Jupyter's data folder, the plugin in
// go-xla's search path. go-xla also finds the plugin under /usr/local.
func NewLayout(prefix string) (Layout, error) {
	if prefix != "" {
		abs, err := filepath.Abs(prefix)
		if err != nil {
			return Layout{}, fmt.Errorf("prefix %q: %w", prefix, err)
		}
		return Layout{
			Bin:       filepath.Join(abs, "lib", "lorabook", "bin"),
			Kernel:    filepath.Join(abs, "share", "jupyter", "kernels", KernelName),
			PluginDir: filepath.Join(abs, "lib", "go-xla"),
		}, nil
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return Layout{}, fmt.Errorf("%w (%w)", ErrNoHome, err)
	}
	data, err := jupyter.UserDataDir()
	if err != nil {
		return Layout{}, fmt.Errorf("%w (%w)", ErrNoHome, err)
	}
	if data, err = filepath.Abs(data); err != nil {
		return Layout{}, err
	}
	return Layout{
		Bin:       filepath.Join(cache, "lorabook", "bin"),
		Kernel:    filepath.Join(data, "kernels", KernelName),
		PluginDir: userPluginDir(),
	}, nil
}

// userPluginDir is the first folder in which go-xla will look.
func userPluginDir() string {
	if dirs := plugin.Dirs(); len(dirs) > 0 {
		return dirs[0]
	}
	return plugin.DefaultDir() // the variable is set to ""
}
