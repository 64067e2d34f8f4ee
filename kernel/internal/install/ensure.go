package install

import (
	"context"
	"errors"
	"io"
	"maps"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/report"
)

// Ensure makes notebooks run on GoNB from the checkout around the folder dir. If no kernelspec
// belongs to that checkout, or its programs or settings are out of date, it installs the
// requirements of a run without Jupyter, as [Run] does. Otherwise it only compiles changed
// packages that cells import, and prints nothing if none has changed. It returns Jupyter's data
// folder with the kernelspec.
//
// If the user has no home folder, the checkout's folder cache is used. Outside a checkout it
// does nothing and returns "".
func Ensure(ctx context.Context, dir string, out io.Writer) (dataDir string, err error) {
	module, err := FindModule(dir)
	if errors.Is(err, ErrNoModule) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	chain, err := FindToolchain(ctx, module.Dir)
	if err != nil {
		return "", err
	}
	o := Options{Dir: module.Dir, Headless: true}
	layout, err := NewLayout("")
	if errors.Is(err, ErrNoHome) {
		o.Prefix = filepath.Join(module.Dir, "cache")
		layout, err = NewLayout(o.Prefix)
	}
	if err != nil {
		return "", err
	}
	spec, err := serving(module, chain, layout)
	if err != nil {
		return "", err
	}
	if spec != nil {
		_, err := compileCells(ctx, module, chain, spec.Env, report.New(out))
		return filepath.Dir(filepath.Dir(spec.Dir)), err
	}
	return filepath.Dir(filepath.Dir(layout.Kernel)), Run(ctx, o, out)
}

// serving returns the kernelspec for the module: the one that Jupyter would select, otherwise
// this layout's; nil if neither belongs to the module.
func serving(module *Module, chain *Toolchain, layout Layout) (*jupyter.KernelSpec, error) {
	tools, err := module.Tools()
	if err != nil {
		return nil, err
	}
	stale := func(tool Tool) bool { return tool.Lost == "" && !tool.current(layout.Bin, chain) }
	env := cellEnv(chain, layout, layout.pluginDirs())
	for _, find := range []func() (*jupyter.KernelSpec, error){
		func() (*jupyter.KernelSpec, error) { return jupyter.FindKernelSpec(KernelName) },
		func() (*jupyter.KernelSpec, error) { return jupyter.ReadKernelSpec(layout.Kernel) },
	} {
		spec, err := find()
		if err != nil || len(SpecFaults(module, spec)) > 0 {
			continue // an installation repairs missing or broken parts
		}
		// The user maintains a GoNB that this package did not install; doctor reports its version.
		ours := filepath.Dir(spec.Argv[0]) == layout.Bin
		if !ours || maps.Equal(spec.Env, env) && !slices.ContainsFunc(tools, stale) {
			return spec, nil
		}
	}
	return nil, nil
}
