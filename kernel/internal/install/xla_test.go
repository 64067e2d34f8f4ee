package install

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/kernel/internal/pinned"
	"github.com/lorabook/lorabook/kernel/internal/report"
)

// world is a machine for one test: an empty home, no plugin, and a PATH with nothing on
// it but what the test puts there.
type world struct {
	t      *testing.T
	bin    string
	layout Layout
	cgo    string // CGO_ENABLED
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	w := &world{t, filepath.Join(dir, "bin"), Layout{PluginDir: filepath.Join(dir, "plugins")}, "1"}
	t.Setenv("PATH", w.bin)
	t.Setenv(plugin.EnvPath, w.layout.PluginDir)
	install, pinned := upstreamInstall, xlaWheel
	t.Cleanup(func() { upstreamInstall, xlaWheel = install, pinned })
	upstreamInstall = func(string) error { return errors.New("no route to GitHub\nat line 2") }
	w.write(filepath.Join(w.bin, "true"), "", 0o755)
	return w
}

func (w *world) write(path, text string, mode os.FileMode) {
	w.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) library() string {
	return filepath.Join(w.layout.PluginDir, plugin.FileName("cpu"))
}

// run installs the plugin and returns what was printed.
func (w *world) run(o Options) (string, error) {
	var out bytes.Buffer
	err := installPlugin(context.Background(), o, &Toolchain{Env: map[string]string{"CGO_ENABLED": w.cgo}}, w.layout, report.New(&out))
	return out.String(), err
}

// pip puts a python3 on the PATH whose pip copies the file at path, or fails.
func (w *world) pip(path string) {
	w.t.Helper()
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		w.t.Skip("the wheel serves linux/amd64 only")
	}
	script := fmt.Sprintf(`#!/bin/sh
[ "$3" = --version ] && exit 0
while [ $# -gt 1 ]; do [ "$1" = --dest ] && dest=$2; shift; done
[ "$1" = "%s" ] || { echo "asked for $1" >&2; exit 1; }
[ -e "%s" ] || { echo "ERROR: no matching distribution" >&2; exit 1; }
/bin/cp "%s" "$dest/%s"
`, xlaWheel.requirement, path, path, xlaWheel.file)
	w.write(filepath.Join(w.bin, "python3"), script, 0o755)
}

func TestPluginFromWheelByPip(t *testing.T) {
	w := newWorld(t)
	var data []byte
	xlaWheel, data = testWheel(t)
	file := filepath.Join(t.TempDir(), "any.whl")
	w.write(file, string(data), 0o644)
	w.pip(file)
	out, err := w.run(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out, "no route to GitHub") || strings.Contains(out, "line 2") {
		t.Errorf("upstream's failure is not told in a line:\n%s", out)
	}
	if got, err := os.ReadFile(w.library()); err != nil || string(got) != libraryText {
		t.Fatalf("installed %q, %v; printed:\n%s", got, err, out)
	}
	out, err = w.run(Options{})
	if err != nil || !strings.Contains(out, "already there") {
		t.Errorf("again: %v\n%s", err, out)
	}
	w.write(w.library(), "\x7fELF old", 0o755)
	if _, err := w.run(Options{Force: true}); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(w.library()); string(got) != libraryText {
		t.Errorf("--force left %q", got)
	}
}

func TestPluginByUpstream(t *testing.T) {
	w := newWorld(t)
	upstreamInstall = func(dir string) error {
		w.write(filepath.Join(dir, "pjrt_c_api_cpu_v0.104.0_plugin.so"), libraryText, 0o755)
		fmt.Println("a spinner that must not be seen")
		return nil
	}
	out, err := w.run(Options{})
	if err != nil || !strings.Contains(out, "installed by upstream") {
		t.Errorf("%v\n%s", err, out)
	}
	if dirs := w.layout.pluginDirs(); len(dirs) != 1 || dirs[0] != w.layout.PluginDir {
		t.Errorf("pluginDirs = %q", dirs)
	}
}

// TestNoPluginIsNoError: what failed, what to do, what serves instead.
func TestNoPluginIsNoError(t *testing.T) {
	t.Run("no pip", func(t *testing.T) {
		out, err := newWorld(t).run(Options{})
		if err != nil {
			t.Fatal(err)
		}
		wanted := []string{"no route to GitHub", goServes}
		if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
			wanted = append(wanted, "no pip", "pip download", "--xla-wheel")
		}
		for _, want := range wanted {
			if !strings.Contains(out, want) {
				t.Errorf("%q is not in:\n%s", want, out)
			}
		}
	})
	t.Run("pip fails", func(t *testing.T) {
		w := newWorld(t)
		w.pip("/nowhere/to/be/found")
		out, err := w.run(Options{})
		if err != nil || !strings.Contains(out, "no matching distribution") || !strings.Contains(out, goServes) {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("wrong wheel from the index", func(t *testing.T) {
		w := newWorld(t)
		file := filepath.Join(t.TempDir(), "any.whl")
		w.write(file, "not what was pinned", 0o644)
		w.pip(file)
		out, err := w.run(Options{})
		if err != nil || !strings.Contains(out, "was not used") || !strings.Contains(out, goServes) {
			t.Errorf("%v\n%s", err, out)
		}
		if left, _ := os.ReadDir(w.layout.PluginDir); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	})
	t.Run("in a run", func(t *testing.T) {
		w := newWorld(t)
		upstreamInstall = func(string) error { t.Error("a run downloads more than Go modules"); return nil }
		out, err := w.run(Options{Headless: true})
		if err != nil || strings.Count(out, "\n") != 1 || !strings.Contains(out, goServes) || !strings.Contains(out, "go run ./kernel install") {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("no C compiler", func(t *testing.T) {
		w := newWorld(t)
		w.cgo = "0"
		upstreamInstall = func(string) error { t.Error("asked for a plugin that cannot be used"); return nil }
		out, err := w.run(Options{})
		if err != nil || strings.Count(out, "\n") != 1 || !strings.Contains(out, "gcc") || !strings.Contains(out, goServes) {
			t.Errorf("%v\n%s", err, out)
		}
	})
	t.Run("left out", func(t *testing.T) {
		out, err := newWorld(t).run(Options{NoXLA: true})
		if err != nil || !strings.Contains(out, "--no-xla") {
			t.Errorf("%v\n%s", err, out)
		}
	})
}

// TestNamedWheel: a file the user names is an error if it is the wrong one.
func TestNamedWheel(t *testing.T) {
	w := newWorld(t)
	file := filepath.Join(t.TempDir(), "mine.whl")
	w.write(file, "something else", 0o644)
	_, err := w.run(Options{Wheel: file})
	if checksum := new(pinned.ChecksumError); !errors.As(err, &checksum) || checksum.File != file {
		t.Errorf("error %v, want a ChecksumError that names the file", err)
	}
	if _, err := w.run(Options{Wheel: file + ".none"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for a missing file", err)
	}
	var data []byte
	xlaWheel, data = testWheel(t)
	w.write(file, string(data), 0o644)
	if out, err := w.run(Options{Wheel: file}); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if _, ok := w.layout.pluginPath("cpu"); !ok {
		t.Error("no plugin found after it")
	}
}
