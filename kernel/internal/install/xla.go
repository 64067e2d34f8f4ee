package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gomlx/go-xla/installer"

	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/internal/stdio"
	"github.com/lorabook/lorabook/kernel/internal/report"
)

// upstreamLimit bounds the wait for upstream's installer, which has no time limit.
const upstreamLimit = 15 * time.Minute

// upstreamInstall fetches a plugin into a folder, or finds it there. Tests replace it:
// they must not reach for the network.
var upstreamInstall = func(dir string) error { return installer.CPUAutoInstall(dir, true, installer.Quiet) }

// errWheelPlatform reports that the wheel's library does not support this platform.
var errWheelPlatform = fmt.Errorf("the wheel %s is for linux/amd64 only, this is %s/%s", xlaWheel.requirement, runtime.GOOS, runtime.GOARCH)

// pluginPath finds a plugin in go-xla's search path or in this layout.
func (l Layout) pluginPath(platform string) (path string, ok bool) {
	return plugin.FindIn(append(plugin.Dirs(), l.PluginDir), platform)
}

// pluginDirs returns the folders of the installed plugins.
func (l Layout) pluginDirs() []string {
	var dirs []string
	for _, platform := range []string{"cuda", "cpu"} {
		path, ok := l.pluginPath(platform)
		if dir := filepath.Dir(path); ok && (len(dirs) == 0 || dirs[0] != dir) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// installPlugin installs XLA's CPU plugin: from the wheel that the options name, otherwise with
// upstream's installer, otherwise from the wheel that pip downloads. A failure is printed, not
// returned: without the plugin, cells use the pure Go backend. A wheel that the user named and
// that is not the right one is an error.
func installPlugin(ctx context.Context, o Options, chain *Toolchain, layout Layout, progress *report.Reporter) error {
	const name = "XLA plugin"
	if o.NoXLA {
		progress.Line(name, "left out, as --no-xla asks; "+goServes)
		return nil
	}
	if path, ok := layout.pluginPath("cpu"); ok && !o.Force && o.Wheel == "" {
		progress.Line(name, "already there: "+path)
		return nil
	}
	dest := filepath.Join(layout.PluginDir, plugin.FileName("cpu"))
	if o.Wheel != "" {
		return unpackWheel(ctx, o.Wheel, dest, progress)
	}
	if chain.Env["CGO_ENABLED"] != "1" {
		progress.Line(name, "left out: Go programs reach it through a C compiler (apt install gcc libc6-dev), and there is none, or cgo is off; "+goServes)
		return nil
	}
	if o.Headless {
		progress.Line(name, "left out: "+goServes+"; "+adds)
		return nil
	}
	upstreamErr := upstream(ctx, layout.PluginDir, progress)
	if upstreamErr == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	summary, _, _ := strings.Cut(upstreamErr.Error(), "\n")
	progress.Line(name, "upstream's installer did not succeed: "+summary)
	wheelErr := downloadWheel(ctx, dest, progress)
	if wheelErr == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	progress.Line(name, "not installed: "+wheelErr.Error()+"\n"+wheelHint(wheelErr)+goServes)
	return nil
}

const goServes = "cells use the pure Go backend instead, at about 2/5 of XLA's speed"

// adds explains how to install the parts that a run omits.
const adds = "`go run ./kernel install` adds it"

// wheelHint explains the manual installation.
func wheelHint(err error) string {
	if errors.Is(err, errWheelPlatform) {
		return ""
	}
	return fmt.Sprintf("on a machine with pip and a network: pip download --no-deps %s\nthen here: go run ./kernel install --xla-wheel %s\n",
		xlaWheel.requirement, xlaWheel.file)
}

// upstream runs go-xla's own installer, which fetches the plugin from GitHub.
func upstream(ctx context.Context, dir string, progress *report.Reporter) error {
	progress.Line("XLA plugin", "asking upstream's installer")
	if !progress.Terminal() {
		defer stdio.SilenceStdout()() // it draws a spinner, terminal or not
	}
	done := make(chan error, 1)
	go func() { done <- upstreamInstall(dir) }()
	ctx, cancel := context.WithTimeout(ctx, upstreamLimit)
	defer cancel()
	select {
	case err := <-done:
		if err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	}
	path, ok := plugin.FindIn([]string{dir}, "cpu")
	if !ok {
		return fmt.Errorf("it left no plugin in %s", dir)
	}
	progress.Line("XLA plugin", "installed by upstream's installer: "+path)
	return nil
}

// downloadWheel fetches the wheel with pip and unpacks it.
func downloadWheel(ctx context.Context, dest string, progress *report.Reporter) error {
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		return errWheelPlatform
	}
	pip, err := findPip(ctx)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "lorabook-wheel-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	step := progress.Start("XLA wheel", "downloading "+xlaWheel.requirement+" with pip (63 MB)", -1)
	path, err := xlaWheel.download(ctx, pip, dir, step.Note)
	if err != nil {
		step.Stop()
		return err
	}
	step.Done("downloaded " + xlaWheel.requirement)
	return unpackWheel(ctx, path, dest, progress)
}

func unpackWheel(ctx context.Context, path, dest string, progress *report.Reporter) error {
	step := progress.Start("XLA plugin", "checking and unpacking "+filepath.Base(path), xlaWheel.memberSize)
	defer step.Stop()
	if err := xlaWheel.unpack(ctx, path, dest, step.Add); err != nil {
		return err
	}
	step.Done("unpacked, checksum right: " + dest)
	return nil
}
