package install

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/plugin"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

func TestCellEnv(t *testing.T) {
	t.Setenv("GODEBUG", "http2client=0")
	t.Setenv("GLIBC_TUNABLES", "glibc.malloc.check=0")
	t.Setenv("CGO_ENABLED", "")
	chain := &Toolchain{Path: "/opt/go/bin/go", Env: map[string]string{"GOARCH": "amd64", "GOFLAGS": "-mod=mod", "GOEXPERIMENT": "jsonv2"}}
	env := cellEnv(chain, Layout{Bin: "/cache/bin"}, []string{"/a", "/b"})
	for name, want := range map[string]string{
		"PATH":                  "/cache/bin/lazy:/cache/bin:/opt/go/bin:${PATH}",
		"GOFLAGS":               "-mod=mod -ldflags=-w",
		"GOEXPERIMENT":          "jsonv2,simd",
		"GODEBUG":               "http2client=0,cpu.fma=off",
		"GOMLX_NO_AUTO_INSTALL": "1",
		plugin.EnvPath:          "/a:/b",
	} {
		if env[name] != want {
			t.Errorf("%s=%s, want %s", name, env[name], want)
		}
	}
	if got, set := env["CGO_ENABLED"]; set {
		t.Errorf("CGO_ENABLED=%s: XLA is called through cgo", got)
	}
	if got := env["GLIBC_TUNABLES"]; runtime.GOOS == "linux" && got != "glibc.malloc.check=0:glibc.malloc.hugetlb=1" {
		t.Errorf("GLIBC_TUNABLES=%s", got)
	}

	chain = &Toolchain{Path: "/usr/bin/go", Env: map[string]string{"GOARCH": "arm64", "GOFLAGS": "-ldflags=-s", "GOEXPERIMENT": "simd"}}
	env = cellEnv(chain, Layout{Bin: "/cache/bin"}, nil)
	for name, want := range map[string]string{
		"PATH":         "/cache/bin/lazy:/cache/bin:${PATH}:/usr/bin",
		"GOFLAGS":      "-ldflags=-s",
		"GOEXPERIMENT": "simd",
	} {
		if env[name] != want {
			t.Errorf("%s=%s, want %s", name, env[name], want)
		}
	}
	if got := env["CGO_ENABLED"]; got != "0" {
		t.Errorf("without XLA CGO_ENABLED=%q: cells wait for a linker that they do not need", got)
	}
	t.Setenv("CGO_ENABLED", "1")
	if _, set := cellEnv(chain, Layout{}, nil)["CGO_ENABLED"]; set {
		t.Error("CGO_ENABLED is the user's where it is set")
	}
	if _, set := env["GODEBUG"]; set {
		t.Error("cpu.fma is set where there is no such setting: every program would say so on stderr")
	}
	if _, set := env[plugin.EnvPath]; set {
		t.Errorf("%s is set though there is no plugin: one installed later would not be found", plugin.EnvPath)
	}
}

func TestWorkDirs(t *testing.T) {
	for flag, want := range map[string][]string{
		"-go_work=/a,/b c": {"/a", "/b c"}, "--go_work=/a": {"/a"}, "-go_work=": nil, "-work=/a": nil,
	} {
		spec := &jupyter.KernelSpec{Argv: []string{"gonb", "-v=0", flag}}
		if got := WorkDirs(spec); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", flag, got, want)
		}
	}
}

func TestCommaInCheckout(t *testing.T) {
	_, err := stage(context.Background(), "/nowhere/gonb", "/home/me/a,b")
	if err == nil || !strings.Contains(err.Error(), "a,b") || !strings.Contains(err.Error(), "comma") {
		t.Errorf("error %v, want one that names the path and the comma", err)
	}
}
