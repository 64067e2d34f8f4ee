package install

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"

	"github.com/lorabook/lorabook/internal/plugin"
)

// Layout says where the parts of an installation lie.
type Layout struct {
	Bin       string // folder of gonb, goimports and gopls
	Kernel    string // folder of the kernelspec: kernel.json and its logo
	PluginDir string // folder XLA's plugin is put into, if none is found elsewhere
}

// KernelName is the folder name of the kernelspec, by which notebooks ask for it.
const KernelName = "gonb"

// NewLayout returns the layout under prefix, or this user's own where prefix is empty:
// the tools in the user's cache, the kernelspec in Jupyter's data folder, the plugin
// where go-xla looks for it. Under /usr/local, too, go-xla finds the plugin by itself.
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
		return Layout{}, fmt.Errorf("no cache folder for this user (%w): set HOME, or install with --prefix DIR", err)
	}
	data, err := JupyterDataDir()
	if err != nil {
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
	return plugin.DefaultDir() // the variable is set, but to nothing
}

// JupyterDataDir returns the folder of this user in which Jupyter keeps kernelspecs:
// JUPYTER_DATA_DIR if it is set, else the place that Jupyter's jupyter_core gives it
// on each system.
func JupyterDataDir() (string, error) {
	if dir := os.Getenv("JUPYTER_DATA_DIR"); dir != "" {
		return filepath.Abs(dir)
	}
	switch runtime.GOOS {
	case "windows":
		if dir := os.Getenv("APPDATA"); dir != "" {
			return filepath.Join(dir, "jupyter"), nil
		}
	case "darwin":
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, "Library", "Jupyter"), nil
		}
	default:
		if dir := os.Getenv("XDG_DATA_HOME"); dir != "" {
			return filepath.Join(dir, "jupyter"), nil
		}
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, ".local", "share", "jupyter"), nil
		}
	}
	return "", errors.New("no home folder for Jupyter's kernelspecs: set HOME or JUPYTER_DATA_DIR, or install with --prefix DIR")
}
