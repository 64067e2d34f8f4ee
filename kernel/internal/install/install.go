package install

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/report"
)

// Options selects the parts to install and their place. The zero value installs everything for
// this user, from the checkout around the working folder.
type Options struct {
	Dir    string // start of the search for the checkout; empty: the working folder
	Prefix string // install under this folder; empty: for this user
	Wheel  string // the wheel with XLA's plugin, downloaded with pip
	NoXLA  bool   // leave XLA's plugin out
	Force  bool   // repeat finished steps

	// Headless installs only the requirements of a run without Jupyter, and downloads only Go
	// modules: no gopls, no XLA plugin, no ECharts.
	Headless bool

	// NoCompile skips the compilation of the cells' imports; the first cell then takes minutes.
	NoCompile bool
}

// validate refuses options that contradict each other.
func (o Options) validate() error {
	if o.NoXLA && o.Wheel != "" {
		return errors.New("--no-xla and --xla-wheel exclude each other: set one of them")
	}
	return nil
}

// Run installs, step by step, and prints each step's outcome to out. It stops at the
// first step without which notebooks do not run. If gopls or XLA's plugin is not available, the
// effect is printed; it is not an error.
func Run(ctx context.Context, o Options, out io.Writer) error {
	if err := o.validate(); err != nil {
		return err
	}
	if o.Dir == "" {
		o.Dir = "."
	}
	module, err := FindModule(o.Dir)
	if err != nil {
		return err
	}
	layout, err := NewLayout(o.Prefix)
	if err != nil {
		return err
	}
	chain, err := FindToolchain(ctx, module.Dir)
	if err != nil {
		return err
	}
	progress := report.New(out)
	progress.Line("Go", fmt.Sprintf("%s %s/%s", chain.Version(), chain.Env["GOOS"], chain.Env["GOARCH"]))
	unlock, err := lock(ctx, layout.Bin, progress)
	if err != nil {
		return err
	}
	defer unlock()
	// The plugin is first, since its presence affects all compilation.
	if err := installPlugin(ctx, o, chain, layout, progress); err != nil {
		return err
	}
	if err := installTools(ctx, o, module, chain, layout, progress); err != nil {
		return err
	}
	if err := installLazyGopls(ctx, o, module, chain, layout, progress); err != nil {
		return err
	}
	if err := installECharts(ctx, o, progress); err != nil {
		return err
	}
	env := cellEnv(chain, layout, layout.pluginDirs())
	changed, err := writeSpec(ctx, module, layout, env)
	if err != nil {
		return fmt.Errorf("kernelspec: %w", err)
	}
	outcome := "already there: "
	if changed {
		outcome = "written: "
	}
	progress.Line("kernelspec", outcome+filepath.Join(layout.Kernel, "kernel.json")+searchHint(o.Prefix, layout))
	progress.Line("module", "cells import "+ModulePath+" from "+module.Dir)
	if o.NoCompile {
		return nil
	}
	done, err := compileCells(ctx, module, chain, env, progress)
	if err == nil && !done {
		progress.Line("packages", "compiled already")
	}
	return err
}

// searchHint explains how to make Jupyter find a kernelspec under a prefix outside its search path.
func searchHint(prefix string, layout Layout) string {
	data := filepath.Dir(filepath.Dir(layout.Kernel))
	if prefix == "" || slices.Contains(jupyter.DataDirs(), data) {
		return ""
	}
	return "\nJupyter looks there if the prefix is its own, or with JUPYTER_PATH=" + data
}

// installTools builds the programs that are missing or out of date.
func installTools(ctx context.Context, o Options, module *Module, chain *Toolchain, layout Layout, progress *report.Reporter) error {
	tools, err := module.Tools()
	if err != nil {
		return err
	}
	for _, tool := range tools {
		if o.Headless && tool.Lost != "" {
			continue
		}
		if !o.Force && tool.current(layout.Bin, chain) {
			progress.Line(tool.Name, tool.Version+" already there")
			continue
		}
		step := progress.Start(tool.Name, "building "+tool.Version, -1)
		err := tool.build(ctx, module, chain, cellEnv(chain, layout, layout.pluginDirs()), layout.Bin, func(pkg string) {
			step.Note("building " + tool.Version + ": " + pkg)
		})
		if err == nil {
			step.Done(tool.Version + " built: " + tool.Path(layout.Bin))
			continue
		}
		step.Stop()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if tool.Lost == "" {
			return fmt.Errorf("building %s %s: %w", tool.Name, tool.Version, err)
		}
		progress.Line(tool.Name, fmt.Sprintf("warning: not installed, so there is no %s; run install again when the network is available\n%v",
			tool.Lost, err))
	}
	return nil
}

// lock waits for other installations in the folder bin.
func lock(ctx context.Context, bin string, progress *report.Reporter) (unlock func(), err error) {
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return nil, err
	}
	path := filepath.Join(bin, ".lock")
	file := flock.New(path)
	ok, err := file.TryLock()
	if err == nil && !ok {
		progress.Line("lock", "another installation is at work; waiting for it ("+path+")")
		_, err = file.TryLockContext(ctx, 200*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = file.Unlock() }, nil
}
