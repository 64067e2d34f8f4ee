package install

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/internal/atomicfile"
	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/kernel/internal/command"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

// displayName is the kernel's name in a notebook's metadata and in Jupyter's launcher.
const displayName = "Go (gonb)"

// stage lets GoNB write its own kernelspec into an empty folder and returns that
// folder's files by name: so the flags and the logo are GoNB's own.
func stage(ctx context.Context, gonb, moduleDir string) (map[string][]byte, error) {
	if strings.Contains(moduleDir, ",") {
		return nil, fmt.Errorf("the checkout's path %q contains a comma, which GoNB's -go_work flag treats as a separator: move the checkout", moduleDir)
	}
	data, err := os.MkdirTemp("", "lorabook-kernelspec-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(data)
	cmd := exec.CommandContext(ctx, gonb, "-install", "-force_deps", "-go_work="+moduleDir)
	cmd.Env = append(os.Environ(), "JUPYTER_DATA_DIR="+data)
	if err := command.Run(ctx, cmd, func(string) {}); err != nil {
		return nil, err
	}
	dir := filepath.Join(data, "kernels", KernelName)
	files := make(map[string][]byte)
	for _, name := range []string{"kernel.json", "logo-svg.svg"} {
		if files[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
			return nil, fmt.Errorf("GoNB wrote no %s: %w", name, err)
		}
	}
	return files, nil
}

// writeSpec writes the kernelspec and reports whether anything changed.
func writeSpec(ctx context.Context, module *Module, layout Layout, env map[string]string) (changed bool, err error) {
	gonb := Tool{Name: "gonb"}.Path(layout.Bin)
	files, err := stage(ctx, gonb, module.Dir)
	if err != nil {
		return false, err
	}
	spec := new(jupyter.KernelSpec)
	if err := json.Unmarshal(files["kernel.json"], spec); err != nil || len(spec.Argv) == 0 {
		return false, fmt.Errorf("GoNB's own kernelspec is not understood (%v): %s", err, files["kernel.json"])
	}
	spec.Argv[0] = gonb
	spec.DisplayName = displayName
	spec.Env = env
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(spec); err != nil {
		return false, err
	}
	files["kernel.json"] = text.Bytes()
	if err := os.MkdirAll(layout.Kernel, 0o755); err != nil {
		return false, err
	}
	for _, name := range []string{"logo-svg.svg", "kernel.json"} { // the spec last: with it the kernel is there
		wrote, err := writeChanged(filepath.Join(layout.Kernel, name), files[name])
		if err != nil {
			return false, err
		}
		changed = changed || wrote
	}
	return changed, nil
}

// cellEnv returns the environment that the kernel, and with it every cell, is started
// with, on top of Jupyter's own.
func cellEnv(chain *Toolchain, layout Layout, pluginDirs []string) map[string]string {
	env := map[string]string{
		"PATH": cellPath(layout.Bin, filepath.Dir(chain.Path)),
		// GoMLX's pure Go backend is ten times as fast with it.
		"GOEXPERIMENT": join(chain.Env["GOEXPERIMENT"], "simd", ","),
		// A cell must not go looking for a plugin on the network.
		"GOMLX_NO_AUTO_INSTALL": "1",
	}
	// Linking is most of the wait for a cell; without debug tables it is half as long.
	flags := chain.Env["GOFLAGS"]
	if !strings.Contains(flags, "-ldflags") {
		flags = join(flags, "-ldflags=-w", " ")
	}
	env["GOFLAGS"] = flags
	if chain.Env["GOARCH"] == "amd64" {
		// GoMLX's vector code does not clear the upper halves of the registers. On Intel's
		// processors with FMA, math.Exp, which mixes two kinds of instructions, then takes 50
		// to 100 times as long: two thirds of a training step.
		env["GODEBUG"] = join(os.Getenv("GODEBUG"), "cpu.fma=off", ",")
	}
	if runtime.GOOS == "linux" {
		// XLA allocates memory for the intermediate values in each step. With pages of 4 kB,
		// the allocation takes a sixth of a small model's step.
		env["GLIBC_TUNABLES"] = join(os.Getenv("GLIBC_TUNABLES"), "glibc.malloc.hugetlb=1", ":")
	}
	switch {
	case len(pluginDirs) > 0:
		env[plugin.EnvPath] = strings.Join(pluginDirs, ":")
	case os.Getenv("CGO_ENABLED") == "":
		// Only XLA needs cgo, and without cgo a cell is built in two thirds of the time.
		env["CGO_ENABLED"] = "0"
	}
	return env
}

// cellPath puts our tools first, and the program that stands before gopls before them. Go's own folder follows, unless it is one of the
// system's, which would then hide the programs of an activated environment.
// Jupyter replaces ${PATH} when it starts the kernel.
func cellPath(bin, goBin string) string {
	dirs := []string{lazyBin(bin), bin, goBin, "${PATH}"}
	if slices.Contains([]string{"/usr/local/bin", "/usr/bin", "/bin"}, goBin) {
		dirs = []string{lazyBin(bin), bin, "${PATH}", goBin}
	}
	return strings.Join(dirs, string(os.PathListSeparator))
}

// join adds item to a list, unless it is in there already.
func join(list, item, separator string) string {
	if list == "" || slices.Contains(strings.Split(list, separator), item) {
		return cmp.Or(list, item)
	}
	return list + separator + item
}

// writeChanged replaces the file at path unless it already has this text.
func writeChanged(path string, text []byte) (changed bool, err error) {
	old, err := os.ReadFile(path)
	if err == nil && bytes.Equal(old, text) {
		return false, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, atomicfile.Write(path, text, 0o644)
}
