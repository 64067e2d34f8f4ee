package install

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/report"
)

// newHome gives the test an empty home, with Go's own caches kept, so that what was
// compiled once is not compiled again.
func newHome(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"GOPATH", "GOCACHE", "GOMODCACHE"} {
		out, err := exec.Command("go", "env", name).Output()
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv(name, strings.TrimSpace(string(out)))
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	// The telemetry of the go command writes after the command has ended, also while the folder is removed.
	config, err := os.UserConfigDir()
	if err != nil {
		t.Fatal(err)
	}
	telemetry := filepath.Join(config, "go", "telemetry")
	if err := os.MkdirAll(telemetry, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(telemetry, "mode"), []byte("off"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"XDG_CACHE_HOME", "XDG_DATA_HOME", "JUPYTER_DATA_DIR"} {
		t.Setenv(name, "")
	}
	plugins := filepath.Join(home, "plugins")
	t.Setenv(plugin.EnvPath, plugins)
	if err := os.Mkdir(plugins, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(plugins, plugin.FileName("cpu")), []byte(libraryText), 0o755); err != nil {
		t.Fatal(err)
	}
	return home
}

// times returns when each file under dir was written last.
func times(t *testing.T, dir string) map[string]time.Time {
	t.Helper()
	found := make(map[string]time.Time)
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == ".lock" {
			return err
		}
		info, err := entry.Info()
		found[path] = info.ModTime()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestInstall builds the real programs, installs, and installs again.
func TestInstall(t *testing.T) {
	if testing.Short() {
		t.Skip("builds GoNB and gopls, a minute or two the first time; run without -short")
	}
	home := newHome(t)
	ctx := context.Background()
	var out bytes.Buffer
	if err := Run(ctx, Options{NoCompile: true}, &out); err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	layout, err := NewLayout("")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(layout.Bin, home) || !strings.HasPrefix(layout.Kernel, home) {
		t.Fatalf("%+v is not under %s", layout, home)
	}
	module, err := FindModule(".")
	if err != nil {
		t.Fatal(err)
	}
	tools, err := module.Tools()
	if err != nil {
		t.Fatal(err)
	}
	for _, tool := range tools {
		built, err := tool.Built(layout.Bin)
		if tool.Lost != "" && errors.Is(err, ErrNotBuilt) && strings.Contains(out.String(), tool.Lost) {
			continue // no network: it was said
		}
		if err != nil || built.Version != tool.Version {
			t.Errorf("%s: built %+v, %v; want %s", tool.Name, built, err, tool.Version)
		}
	}
	spec, err := jupyter.ReadKernelSpec(layout.Kernel)
	if err != nil {
		t.Fatal(err)
	}
	if spec.Argv[0] != tools[0].Path(layout.Bin) || spec.Argv[1] != "--kernel" || spec.Argv[2] != "{connection_file}" {
		t.Errorf("argv %q does not start GoNB with a connection file", spec.Argv)
	}
	if spec.DisplayName != "Go (gonb)" || spec.Language != "go" || spec.InterruptMode != "message" {
		t.Errorf("kernelspec %+v", spec)
	}
	if dirs := WorkDirs(spec); len(dirs) != 1 || dirs[0] != module.Dir {
		t.Errorf("cells work with the modules %q, want %s", dirs, module.Dir)
	}
	if got, want := spec.Env[plugin.EnvPath], filepath.Join(home, "plugins"); got != want {
		t.Errorf("%s=%s, want %s", plugin.EnvPath, got, want)
	}

	before, start := times(t, home), time.Now()
	out.Reset()
	if err := Run(ctx, Options{NoCompile: true}, &out); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 10*time.Second && !strings.Contains(out.String(), "warning") {
		t.Errorf("the second run took %v", took)
	}
	for path, when := range times(t, home) {
		if before[path] != when {
			t.Errorf("the second run wrote %s", path)
		}
	}

	// What was tampered with is mended.
	gonb := tools[0].Path(layout.Bin)
	other, err := os.ReadFile(tools[1].Path(layout.Bin))
	if err != nil {
		t.Fatal(err)
	}
	kernel := filepath.Join(layout.Kernel, "kernel.json")
	for path, text := range map[string][]byte{gonb: other, kernel: []byte("{}")} {
		if err := os.WriteFile(path, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	out.Reset()
	if err := Run(ctx, Options{NoCompile: true}, &out); err != nil {
		t.Fatal(err)
	}
	if built, err := tools[0].Built(layout.Bin); err != nil || built.Version != tools[0].Version {
		t.Errorf("a wrong program in GoNB's place was left: %+v, %v\n%s", built, err, out.String())
	}
	if _, err := jupyter.ReadKernelSpec(layout.Kernel); err != nil {
		t.Error(err)
	}
}

func TestOptions(t *testing.T) {
	err := Run(context.Background(), Options{NoXLA: true, Wheel: "x.whl"}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "--xla-wheel") {
		t.Errorf("contradicting options: %v", err)
	}
	err = Run(context.Background(), Options{Dir: t.TempDir()}, &bytes.Buffer{})
	if !errors.Is(err, ErrNoModule) {
		t.Errorf("outside a checkout: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	err = Run(context.Background(), Options{Prefix: t.TempDir()}, &bytes.Buffer{})
	if !errors.Is(err, ErrNoGo) || !strings.Contains(err.Error(), "go.dev") {
		t.Errorf("without Go: %v", err)
	}
}

func TestFindModule(t *testing.T) {
	dir := t.TempDir()
	inner := filepath.Join(dir, "outer", "inner")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(inner, "go.mod"), "module example.com/other\n")
	write(filepath.Join(dir, "go.mod"), "module "+ModulePath+"\n\ngo 1.26.5\n\nrequire github.com/janpfeifer/gonb v0.11.5 // indirect\n")
	module, err := FindModule(inner)
	if err != nil || module.Dir != dir || module.GoVersion != "1.26.5" {
		t.Fatalf("%+v, %v", module, err)
	}
	if _, err := module.Tools(); err == nil || !strings.Contains(err.Error(), "goimports") {
		t.Errorf("a go.mod without goimports: %v", err)
	}
	write(filepath.Join(dir, "go.mod"), "module "+ModulePath+"\n\nrequire (\n")
	if _, err := FindModule(inner); err == nil || !strings.Contains(err.Error(), "go.mod:3") {
		t.Errorf("a broken go.mod: %v, want its line", err)
	}
}

// TestFailedBuild: an error that carries Go's own words, and nothing left behind.
func TestFailedBuild(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=mod")
	ctx := context.Background()
	module, err := FindModule(".")
	if err != nil {
		t.Fatal(err)
	}
	chain, err := FindToolchain(ctx, module.Dir)
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	absent := Tool{Name: "gopls", Package: "golang.org/x/tools/gopls", Version: "v0.0.99"}
	err = absent.build(ctx, module, chain, nil, bin, func(string) {})
	if err == nil || !strings.Contains(err.Error(), "v0.0.99") || !strings.Contains(err.Error(), "GOPROXY=off") {
		t.Errorf("a version that cannot be had: %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := absent.build(cancelled, module, chain, nil, bin, func(string) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, _ := os.ReadDir(bin); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLockWaits(t *testing.T) {
	bin := filepath.Join(t.TempDir(), "bin")
	var out bytes.Buffer
	unlock, err := lock(context.Background(), bin, report.New(&out))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := lock(ctx, bin, report.New(&out)); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second installation got the lock, or: %v", err)
	}
	if !strings.Contains(out.String(), "another installation") {
		t.Errorf("it waits and says nothing: %q", out.String())
	}
	unlock()
	again, err := lock(context.Background(), bin, report.New(&out))
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestLayout(t *testing.T) {
	home := newHome(t)
	layout, err := NewLayout("some/prefix")
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(here, "some/prefix/share/jupyter/kernels/gonb"); layout.Kernel != want {
		t.Errorf("kernelspec in %s, want %s", layout.Kernel, want)
	}
	t.Setenv("JUPYTER_DATA_DIR", filepath.Join(home, "jupyter"))
	layout, err = NewLayout("")
	if want := filepath.Join(home, "jupyter/kernels/gonb"); err != nil || layout.Kernel != want {
		t.Errorf("kernelspec in %s, %v; want %s", layout.Kernel, err, want)
	}
	if want := filepath.Join(home, "plugins"); layout.PluginDir != want {
		t.Errorf("plugin in %s, want %s, which go-xla searches", layout.PluginDir, want)
	}
}
