package install

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

// ensure calls Ensure and returns what it printed.
func ensure(t *testing.T, dir string) (dataDir, printed string) {
	t.Helper()
	var out bytes.Buffer
	dataDir, err := Ensure(context.Background(), dir, &out)
	if err != nil {
		t.Fatalf("%v\n%s", err, out.String())
	}
	return dataDir, out.String()
}

// specFor writes a kernelspec of the user's own GoNB, whose cells import from dir.
func specFor(t *testing.T, data, dir string) {
	t.Helper()
	kernel := filepath.Join(data, "kernels", KernelName)
	if err := os.MkdirAll(kernel, 0o755); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(data, "my-gonb")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{
		"argv": []string{program, "--kernel", "{connection_file}", "-go_work=" + dir},
		"env":  map[string]string{"GOFLAGS": "-buildvcs=false"},
	})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(kernel, "kernel.json"), string(text))
}

// TestEnsureLeavesAKernelThatServes: it compiles, and installs nothing.
func TestEnsureLeavesAKernelThatServes(t *testing.T) {
	home := newHome(t)
	dir, file := smallModule(t)
	data := filepath.Join(t.TempDir(), "jupyter")
	t.Setenv("JUPYTER_PATH", data)
	specFor(t, data, dir)
	before := times(t, data)
	if got, printed := ensure(t, filepath.Dir(file)); got != data || !strings.Contains(printed, "compiled") || strings.Contains(printed, "gonb") {
		t.Errorf("the kernel is in %s, printed\n%s", got, printed)
	}
	if got, printed := ensure(t, dir); got != data || printed != "" {
		t.Errorf("with nothing to do: the kernel is in %s, printed\n%s", got, printed)
	}
	for path, when := range times(t, data) {
		if before[path] != when {
			t.Errorf("%s was written", path)
		}
	}
	if _, err := os.Stat(filepath.Join(home, ".cache", "lorabook")); err == nil {
		t.Error("something was installed")
	}
}

func TestEnsureOutsideACheckout(t *testing.T) {
	newHome(t)
	if got, printed := ensure(t, t.TempDir()); got != "" || printed != "" {
		t.Errorf("the kernel is in %q, printed\n%s", got, printed)
	}
}

// TestEnsureInstalls: where the kernel there is serves another checkout, where one of
// our programs is gone, and where the user has no home.
func TestEnsureInstalls(t *testing.T) {
	if testing.Short() {
		t.Skip("builds GoNB, a minute the first time; run without -short")
	}
	newHome(t)
	dir, _ := smallModule(t)
	layout, err := NewLayout("")
	if err != nil {
		t.Fatal(err)
	}
	userData := filepath.Dir(filepath.Dir(layout.Kernel))
	specFor(t, userData, filepath.Dir(dir))
	serves := func(data string) {
		t.Helper()
		spec, err := jupyter.FindKernelSpec(KernelName, data)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(WorkDirs(spec), []string{dir}) || !strings.HasPrefix(spec.Dir, data) {
			t.Errorf("%s: cells import from %q", spec.Dir, WorkDirs(spec))
		}
	}
	got, printed := ensure(t, dir)
	if got != userData || !strings.Contains(printed, "gonb") || strings.Contains(printed, "gopls") {
		t.Errorf("the kernel is in %s, printed\n%s", got, printed)
	}
	serves(got)
	if _, printed := ensure(t, dir); printed != "" {
		t.Errorf("again:\n%s", printed)
	}

	goimports := Tool{Name: "goimports"}.Path(layout.Bin)
	if err := os.Remove(goimports); err != nil {
		t.Fatal(err)
	}
	if _, printed := ensure(t, dir); !IsProgram(goimports) || !strings.Contains(printed, "goimports") {
		t.Errorf("goimports was removed, and printed is\n%s", printed)
	}

	t.Setenv("GOFLAGS", "-tags=mine")
	if _, printed := ensure(t, dir); !strings.Contains(printed, "kernelspec  written") {
		t.Errorf("with other flags for the compiler:\n%s", printed)
	}
	serves(got)

	t.Setenv("HOME", "")
	got, printed = ensure(t, dir)
	if want := filepath.Join(dir, "cache", "share", "jupyter"); got != want {
		t.Errorf("without a home the kernel is in %s, want %s; printed\n%s", got, want, printed)
	}
	serves(got)
	if _, printed := ensure(t, dir); printed != "" {
		t.Errorf("again, without a home:\n%s", printed)
	}
}
