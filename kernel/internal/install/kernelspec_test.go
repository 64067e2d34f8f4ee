package install

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/plugin"
)

func TestCellEnv(t *testing.T) {
	chain := &Toolchain{Path: "/opt/go/bin/go", Env: map[string]string{"GOFLAGS": "-mod=mod", "GOEXPERIMENT": "jsonv2"}}
	env := cellEnv(chain, Layout{Bin: "/cache/bin"}, []string{"/a", "/b"})
	for name, want := range map[string]string{
		"PATH":                  "/cache/bin:/opt/go/bin:${PATH}",
		"GOFLAGS":               "-mod=mod -ldflags=-w",
		"GOEXPERIMENT":          "jsonv2,simd",
		"GOMLX_NO_AUTO_INSTALL": "1",
		plugin.EnvPath:          "/a:/b",
	} {
		if env[name] != want {
			t.Errorf("%s=%s, want %s", name, env[name], want)
		}
	}

	chain = &Toolchain{Path: "/usr/bin/go", Env: map[string]string{"GOFLAGS": "-ldflags=-s", "GOEXPERIMENT": "simd"}}
	env = cellEnv(chain, Layout{Bin: "/cache/bin"}, nil)
	for name, want := range map[string]string{
		"PATH":         "/cache/bin:${PATH}:/usr/bin",
		"GOFLAGS":      "-ldflags=-s",
		"GOEXPERIMENT": "simd",
	} {
		if env[name] != want {
			t.Errorf("%s=%s, want %s", name, env[name], want)
		}
	}
	if _, set := env[plugin.EnvPath]; set {
		t.Errorf("%s is set though there is no plugin: one installed later would not be found", plugin.EnvPath)
	}
}

func TestReadSpec(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "kernel.json")
	for _, text := range []string{"", "{", "[]", "{}", `{"argv": []}`, `{"argv": "gonb"}`, "<html>"} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if spec, err := ReadSpec(dir); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, %v; want an error that names the file", text, spec, err)
		}
	}
	if err := os.WriteFile(path, []byte(`{"argv": ["gonb", "-v=0", "-go_work=/a,/b c"]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	spec, err := ReadSpec(dir)
	if err != nil || !slices.Equal(spec.WorkDirs(), []string{"/a", "/b c"}) {
		t.Errorf("%+v, %v", spec, err)
	}
}

func TestCommaInCheckout(t *testing.T) {
	_, err := stage(context.Background(), "/nowhere/gonb", "/home/me/a,b")
	if err == nil || !strings.Contains(err.Error(), "a,b") || !strings.Contains(err.Error(), "comma") {
		t.Errorf("error %v, want one that names the path and the comma", err)
	}
}
