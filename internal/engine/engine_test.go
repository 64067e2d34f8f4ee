package engine

import (
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/plugin"
)

func TestAskedForBackend(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "go:parallelism=-1")
	e, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	if e.Config != "go:parallelism=-1" || !strings.Contains(e.Reason, "GOMLX_BACKEND") {
		t.Errorf("opened %s", e)
	}
	t.Setenv("GOMLX_BACKEND", "abacus:wood")
	_, err = Open()
	if err == nil || !strings.Contains(err.Error(), "GOMLX_BACKEND=abacus:wood") || !strings.Contains(err.Error(), "go") {
		t.Errorf("an unknown backend gave %v", err)
	}
}

// TestWithoutPlugin looks for plugins in an empty folder: the Go backend must serve
// and say what is missing.
func TestWithoutPlugin(t *testing.T) {
	t.Setenv("GOMLX_BACKEND", "")
	empty := t.TempDir()
	t.Setenv(plugin.EnvPath, empty)
	t.Setenv("HOME", empty)
	if path, ok := plugin.Find("cpu"); ok {
		t.Skipf("a plugin is installed for the whole system, in %s", path)
	}
	e, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(e.Config, "go:") || e.Reason == "" {
		t.Errorf("opened %s", e)
	}
}

// TestFindsXLA holds where a plugin is installed and cgo is on, as in CI.
func TestFindsXLA(t *testing.T) {
	path, ok := plugin.Find("cpu")
	if !ok || !hasXLA() {
		t.Skip("no XLA plugin for this build: run `go run ./kernel install` with cgo on")
	}
	t.Setenv("GOMLX_BACKEND", "")
	e, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(e.Config, "xla:") || !strings.Contains(e.Reason, "plugin") {
		t.Errorf("opened %s, though there is %s", e, path)
	}
}

// TestBrokenPlugin: XLA that was merely found and is no library gives way.
func TestBrokenPlugin(t *testing.T) {
	if !hasXLA() {
		t.Skip("this build has no XLA: cgo is off")
	}
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/pjrt_c_api_cpu_plugin.so", []byte("\x7fELF but nothing more"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOMLX_BACKEND", "")
	t.Setenv(plugin.EnvPath, dir)
	e, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(e.Config, "go:") && e.Reason == "" {
		t.Errorf("opened %s without a reason", e)
	}
}

// TestUnsafePlugin: no code is loaded from a folder that everybody may write to.
func TestUnsafePlugin(t *testing.T) {
	if !hasXLA() || runtime.GOOS == "windows" {
		t.Skip("this build has no XLA, or this system no such permissions")
	}
	dir := t.TempDir()
	if err := errors.Join(os.WriteFile(dir+"/pjrt_c_api_cpu_plugin.so", []byte("\x7fELF but nothing more"), 0o755), os.Chmod(dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOMLX_BACKEND", "")
	t.Setenv(plugin.EnvPath, dir)
	e, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(e.Config, "go:") && e.Config != "go" || !strings.Contains(e.Reason, "is not used") || !strings.Contains(e.Reason, "chmod o-w") {
		t.Errorf("%s: %s", e.Config, e.Reason)
	}
}

func TestOpenPrintsNothing(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout := os.Stdout
	os.Stdout = w
	t.Setenv("GOMLX_BACKEND", "go:parallelism=-1")
	_, err = Open()
	os.Stdout = stdout
	if err != nil {
		t.Fatal(err)
	}
	w.Close()
	text := make([]byte, 100)
	if n, _ := r.Read(text); n > 0 {
		t.Errorf("printed %q", text[:n])
	}
}
