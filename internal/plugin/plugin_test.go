package plugin

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// library writes a file that begins like an ELF library and returns its path.
func library(t *testing.T, dir, name string) string {
	t.Helper()
	return write(t, filepath.Join(dir, name), "\x7fELF and the rest")
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFindOrder(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	t.Setenv(EnvPath, ":"+a+"::"+b)
	if got := Dirs(); !slices.Equal(got, []string{a, b}) {
		t.Fatalf("Dirs() = %q, want %q", got, []string{a, b})
	}
	if path, ok := Find("cpu"); ok {
		t.Fatalf("Find in empty folders = %q", path)
	}
	steps := []struct{ dir, name string }{ // each one goes before those above it
		{b, "pjrt_c_api_cpu_v0.83.1_plugin.so"},
		{b, "pjrt_c_api_cpu_v0.83.4_plugin.so"},
		{a, "pjrt_c_api_cpu_v0.80.0_plugin.so"},
		{b, "pjrt_c_api_cpu_plugin.so"},
		{b, "pjrt_plugin_cpu.so"},
		{a, "pjrt_c_api_cpu_plugin.so"},
	}
	for _, s := range steps {
		want := library(t, s.dir, s.name)
		if path, ok := Find("cpu"); !ok || path != want {
			t.Fatalf("Find = %q, %v; want %q", path, ok, want)
		}
	}
}

func TestFindPassesOver(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(EnvPath, dir)
	write(t, filepath.Join(dir, "pjrt_c_api_cpu_plugin.so"), "<!doctype html>")
	write(t, filepath.Join(dir, "pjrt_plugin_cpu.so"), "")
	library(t, dir, "pjrt_c_api_cpu_avx_plugin.so") // no version: go-xla calls it cpu_avx
	library(t, dir, "libpjrt_cpu.so")
	if err := os.Mkdir(filepath.Join(dir, "pjrt-plugin-cpu.so"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, platform := range []string{"cpu", "", "*", "../cpu", "c[p]u", "tpu"} {
		if path, ok := Find(platform); ok {
			t.Errorf("Find(%q) = %q, want none", platform, path)
		}
	}
}

func TestFindCUDANeedsCard(t *testing.T) {
	dir := t.TempDir()
	t.Setenv(EnvPath, dir)
	library(t, dir, FileName("cuda"))
	if _, ok := Find("cuda"); ok != HasNVIDIA() {
		t.Errorf("Find(cuda) = %v on a machine where an NVIDIA card is %v", ok, HasNVIDIA())
	}
}

func TestDirsWithoutVariable(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("LD_LIBRARY_PATH", "/opt/one:relative::/opt/two")
	t.Setenv(EnvPath, "") // registers the clean-up
	if got := Dirs(); len(got) != 0 {
		t.Errorf("an empty %s searches %q, want nothing: go-xla does the same", EnvPath, got)
	}
	if err := os.Unsetenv(EnvPath); err != nil {
		t.Fatal(err)
	}
	dirs := Dirs()
	if dirs[0] != DefaultDir() || !strings.HasPrefix(dirs[0], home) {
		t.Errorf("the first folder is %q, want the user's own, %q", dirs[0], DefaultDir())
	}
	one, two := slices.Index(dirs, "/opt/one"), slices.Index(dirs, "/opt/two")
	system := slices.Index(dirs, systemDir)
	if system < 0 || one < system || two != one+1 || slices.Contains(dirs, "relative") {
		t.Errorf("the system's folder and LD_LIBRARY_PATH are not in order in %q", dirs)
	}
	want := library(t, DefaultDir(), FileName("cpu"))
	if path, ok := Find("cpu"); !ok || path != want {
		t.Errorf("Find = %q, %v; want %q", path, ok, want)
	}
}

func TestLinkerDirs(t *testing.T) {
	dir := t.TempDir()
	conf := filepath.Join(dir, "ld.so.conf")
	write(t, filepath.Join(dir, "conf.d", "a.conf"), "# a comment\n  /lib/a  \n")
	write(t, filepath.Join(dir, "conf.d", "b.conf"), "/lib/b\ninclude "+conf+"\n")
	write(t, conf, "include "+dir+"/conf.d/a.conf\ninclude relative/*.conf\n\n/lib/own\ninclude "+dir+"/missing\n")
	if got, want := linkerDirs(conf, 0), []string{"/lib/a", "/lib/own"}; !slices.Equal(got, want) {
		t.Errorf("linkerDirs = %q, want %q", got, want)
	}
	write(t, conf, "include "+dir+"/conf.d/b.conf\n")
	if got := linkerDirs(conf, 0); len(got) == 0 || len(got) > 8 {
		t.Errorf("a file that includes itself gives %d folders", len(got))
	}
	if got := linkerDirs(filepath.Join(dir, "none"), 0); got != nil {
		t.Errorf("a missing file gives %q", got)
	}
}
