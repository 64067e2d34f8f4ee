package doctor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/kernel/internal/install"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

// emptyHome gives the test a home with nothing in it; Go's own caches are kept.
func emptyHome(t *testing.T) string {
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
	t.Setenv("JUPYTER_DATA_DIR", filepath.Join(home, "jupyter"))
	for _, name := range []string{"XDG_CACHE_HOME", "XDG_DATA_HOME", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "JUPYTER_PATH", "VIRTUAL_ENV", "CONDA_PREFIX"} {
		t.Setenv(name, "")
	}
	t.Setenv(plugin.EnvPath, filepath.Join(home, "plugins"))
	return home
}

func (r *Report) find(t *testing.T, name string) Finding {
	t.Helper()
	for _, f := range r.Findings {
		if f.Name == name {
			return f
		}
	}
	t.Fatalf("no finding %q in %+v", name, r.Findings)
	return Finding{}
}

// expect compares a finding's status and expects words in its detail and remedy.
func (r *Report) expect(t *testing.T, name string, status Status, words ...string) {
	t.Helper()
	f := r.find(t, name)
	if f.Status != status {
		t.Errorf("%s is %s (%s), want %s", name, f.Status, f.Detail, status)
	}
	for _, word := range words {
		if !strings.Contains(f.Detail+"\n"+f.Remedy, word) {
			t.Errorf("%s does not say %q: %+v", name, word, f)
		}
	}
	if f.Status != OK && f.Remedy == "" {
		t.Errorf("%s names no remedy: %+v", name, f)
	}
}

func TestEmptyHome(t *testing.T) {
	home := emptyHome(t)
	var out bytes.Buffer
	err := Run(context.Background(), Options{JSON: true}, &out)
	missing := new(MissingError)
	if !errors.As(err, &missing) {
		t.Fatalf("error %v, want a MissingError", err)
	}
	for _, name := range []string{"kernelspec", "gonb"} {
		if !slices.Contains(missing.Names, name) {
			t.Errorf("%q are missing, without %s", missing.Names, name)
		}
	}
	for _, name := range []string{"gopls", "XLA plugin", "Jupyter", "browser", "C compiler", "simd", "memory", "disk", "hub cache"} {
		if slices.Contains(missing.Names, name) {
			t.Errorf("%s is called missing, but notebooks run without it", name)
		}
	}
	var printed struct {
		OK       *bool
		Findings []Finding
	}
	if err := json.Unmarshal(out.Bytes(), &printed); err != nil || printed.OK == nil || *printed.OK {
		t.Fatalf("printed %s: %v", out.String(), err)
	}
	report := &Report{printed.Findings}
	report.expect(t, "Go", OK, "go1.")
	report.expect(t, "checkout", OK, install.ModulePath)
	report.expect(t, "kernelspec", Missing, home, installCommand)
	report.expect(t, "XLA plugin", Warn, filepath.Join(home, "plugins"), installCommand)
	report.expect(t, "hub cache", OK, filepath.Join(home, ".cache"), "neither")
	report.expect(t, "temporary", OK)
}

// TestNothing: neither Go nor a checkout, and still an answer.
func TestNothing(t *testing.T) {
	emptyHome(t)
	t.Setenv("PATH", t.TempDir())
	report, err := Examine(context.Background(), Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	report.expect(t, "Go", Missing, "go.dev")
	report.expect(t, "checkout", Missing, "git clone")
	report.expect(t, "kernelspec", Missing)
	report.expect(t, "Jupyter", Warn, "optional")
}

// spec writes a kernelspec.
func spec(t *testing.T, dir string, argv []string, env map[string]string) *jupyter.KernelSpec {
	t.Helper()
	text, err := json.Marshal(map[string]any{"argv": argv, "display_name": "Go", "language": "go", "env": env})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "kernel.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	read, err := jupyter.ReadKernelSpec(dir)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func program(t *testing.T, path string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestKernelspec(t *testing.T) {
	dir := t.TempDir()
	module, err := install.FindModule(".")
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(dir, "other")
	if err := os.Mkdir(other, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(other, "go.mod"), []byte("module "+install.ModulePath+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	gonb := program(t, filepath.Join(dir, "bin", "gonb"))
	for name, test := range map[string]struct {
		argv   []string
		status Status
		word   string
	}{
		"good":              {[]string{gonb, "--kernel", "{connection_file}", "-go_work=" + module.Dir}, OK, "kernel.json"},
		"kernel gone":       {[]string{gonb + "x", "--kernel", "{connection_file}", "-go_work=" + module.Dir}, Missing, gonb + "x is gone"},
		"checkout gone":     {[]string{gonb, "--kernel", "{connection_file}", "-go_work=/nowhere"}, Missing, "/nowhere"},
		"another checkout":  {[]string{gonb, "--kernel", "{connection_file}", "-go_work=" + other}, Missing, "not from here"},
		"no module at all":  {[]string{gonb, "--kernel", "{connection_file}"}, Missing, "cannot import"},
		"kernel not to run": {[]string{filepath.Join(other, "go.mod"), "{connection_file}", "-go_work=" + module.Dir}, Missing, "gone"},
	} {
		m := &machine{ctx: context.Background()}
		m.kernelspec(module, spec(t, filepath.Join(dir, "kernels", name), test.argv, nil), nil)
		if f := m.report.Findings[0]; f.Status != test.status || !strings.Contains(f.Detail, test.word) {
			t.Errorf("%s: %+v, want %s with %q", name, f, test.status, test.word)
		}
	}
	m := &machine{ctx: context.Background()}
	m.kernelspec(module, nil, errors.New("kernel.json: this is not a kernelspec"))
	m.report.expect(t, "kernelspec", Missing, "not a kernelspec")
}

// TestTools: the programs are looked for on the PATH that cells get.
func TestTools(t *testing.T) {
	dir := t.TempDir()
	module, err := install.FindModule(".")
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "goimports"), text, 0o755); err != nil { // a Go program, but another
		t.Fatal(err)
	}
	t.Setenv("PATH", "/nowhere")
	kernel := spec(t, filepath.Join(dir, "k"), []string{program(t, filepath.Join(dir, "gonb")), "{connection_file}"}, map[string]string{"PATH": dir + ":${PATH}"})
	m := &machine{ctx: context.Background()}
	m.tools(module, nil, kernel)
	m.report.expect(t, "gonb", Missing, "not a Go program", installCommand)
	m.report.expect(t, "goimports", Missing, "not golang.org/x/tools/cmd/goimports")
	m.report.expect(t, "gopls", Warn, "completion")
}

func TestPlugin(t *testing.T) {
	home := emptyHome(t)
	plugins := filepath.Join(home, "plugins")
	elsewhere := filepath.Join(home, "elsewhere")
	file := program(t, filepath.Join(elsewhere, plugin.FileName("cpu")))
	examine := func(kernel *jupyter.KernelSpec) *Report {
		m := &machine{ctx: context.Background()}
		m.plugins(kernel)
		return &m.report
	}
	examine(nil).expect(t, "XLA plugin", Warn, "none found in "+plugins)
	if err := os.WriteFile(file, []byte("\x7fELF"), 0o755); err != nil {
		t.Fatal(err)
	}
	cells := spec(t, filepath.Join(home, "k"), []string{"x", "{connection_file}"}, map[string]string{plugin.EnvPath: elsewhere})
	examine(cells).expect(t, "XLA plugin", Warn, file, "export "+plugin.EnvPath+"="+elsewhere)
	t.Setenv(plugin.EnvPath, elsewhere)
	examine(cells).expect(t, "XLA plugin", OK, file)
	cells.Env[plugin.EnvPath] = plugins
	examine(cells).expect(t, "XLA plugin", Warn, "not in "+plugins)
}

func TestSIMD(t *testing.T) {
	dir := t.TempDir()
	chain := func(experiment string) *install.Toolchain {
		return &install.Toolchain{Env: map[string]string{"GOARCH": "amd64", "GOEXPERIMENT": experiment}}
	}
	cells := func(experiment string) *jupyter.KernelSpec {
		return spec(t, filepath.Join(dir, "k"+experiment), []string{"x", "{connection_file}"}, map[string]string{"GOEXPERIMENT": experiment})
	}
	for _, test := range []struct {
		here, cells string
		status      Status
		word        string
	}{
		{"simd", "simd", OK, "simd"}, {"jsonv2,simd", "simd", OK, "simd"},
		{"", "simd", Warn, "export GOEXPERIMENT=simd GODEBUG=cpu.fma=off"}, {"simd", "", Warn, "off in cells"}, {"nosimd", "simd", Warn, "off for go run"},
	} {
		m := &machine{ctx: context.Background()}
		m.simd(chain(test.here), cells(test.cells))
		m.report.expect(t, "simd", test.status, test.word)
	}
}

func TestModulesNotDownloaded(t *testing.T) {
	emptyHome(t)
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module " + install.ModulePath + "\n\ngo 1.26\n\nrequire example.com/none v1.2.3\n",
		"x.go":   "package x\n\nimport _ \"example.com/none\"\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	module, err := install.FindModule(dir)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := install.FindToolchain(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{ctx: context.Background()}
	m.packages(module, chain)
	m.report.expect(t, "modules", Missing, "example.com/none", "go mod download")
	module.GoVersion = "1.999"
	m.golang(module, chain, nil)
	m.report.expect(t, "Go", Missing, "go1.999")
	chain.Env["CC"] = "no-such-compiler"
	m.compiler(chain)
	m.report.expect(t, "C compiler", Warn, "no-such-compiler", "XLA")
}

func TestUnwritableCache(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("HF_HUB_CACHE", filepath.Join(file, "hub"))
	m := &machine{ctx: context.Background()}
	m.caches()
	m.report.expect(t, "hub cache", Warn, "is not a folder", "HF_HOME")
	if err := runsPrograms(file); err == nil {
		t.Error("programs are reported to run from a file")
	}
}

func TestPrint(t *testing.T) {
	report := &Report{[]Finding{
		{Name: "Go", Status: OK, Detail: "go1.26"},
		{Name: "XLA plugin", Status: Warn, Detail: "none", Remedy: "do this"},
	}}
	var out bytes.Buffer
	if err := report.Print(&out); err != nil {
		t.Fatal(err)
	}
	want := "ok       Go          go1.26\n" +
		"warn     XLA plugin  none\n" +
		"                     → do this\n"
	if out.String() != want {
		t.Errorf("printed\n%swant\n%s", out.String(), want)
	}
	if err := report.Err(); err != nil {
		t.Errorf("a warning is an error: %v", err)
	}
}

func TestProducts(t *testing.T) {
	m := &machine{ctx: t.Context()}
	m.products(nil)
	if len(m.report.Findings) > 0 {
		t.Errorf("%+v: expected nothing", m.report)
	}
	m.products(func(context.Context) (string, error) { return "1 GFLOP/s", nil })
	m.report.expect(t, "products", OK, "1 GFLOP/s")
	m.report.Findings = nil
	m.products(func(context.Context) (string, error) { return "", errors.New("no engine") })
	m.report.expect(t, "products", Warn, "not measured: no engine")
}
