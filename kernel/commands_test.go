package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// command runs a command line and returns what it printed.
func command(t *testing.T, args ...string) (string, error) {
	t.Helper()
	root := newRootCommand()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(args)
	err := root.ExecuteContext(context.Background())
	return out.String(), err
}

func TestRenderCommand(t *testing.T) {
	dir := t.TempDir()
	notebook := filepath.Join(dir, "01-x.ipynb")
	text := `{"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [
		{"cell_type": "code", "metadata": {}, "source": "x", "execution_count": 1, "outputs": [
			{"output_type": "display_data", "metadata": {}, "data": {"text/html": "<p>seen</p><script>ran()</script>"}}]}]}`
	if err := os.WriteFile(notebook, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	page := func(args ...string) string {
		t.Helper()
		out := filepath.Join(dir, "site")
		if printed, err := command(t, append([]string{"render", notebook, "--out", out}, args...)...); err != nil {
			t.Fatalf("%v\n%s", err, printed)
		}
		html, err := os.ReadFile(filepath.Join(out, "01-x.html"))
		if err != nil {
			t.Fatal(err)
		}
		return string(html)
	}
	if html := page(); !strings.Contains(html, "<p>seen</p>") || strings.Contains(html, "ran()") {
		t.Errorf("without --trust a script came through, or the text did not:\n%s", html)
	}
	if html := page("--trust"); !strings.Contains(html, "<script>ran()</script>") {
		t.Error("--trust dropped the script of an output")
	}
	if _, err := command(t, "render", filepath.Join(dir, "none.ipynb")); err == nil || !strings.Contains(err.Error(), "none.ipynb") {
		t.Errorf("a missing notebook: %v", err)
	}
}

func TestDoctorCommand(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no Go: all checks that take their time are left out
	printed, err := command(t, "doctor", "--json")
	if err == nil || !strings.Contains(err.Error(), "Go") {
		t.Errorf("a machine without Go: %v", err)
	}
	var report struct {
		OK       bool
		Findings []struct{ Name, Status, Mend string }
	}
	if err := json.Unmarshal([]byte(printed), &report); err != nil || report.OK || len(report.Findings) < 5 {
		t.Errorf("printed %s: %v", printed, err)
	}
	printed, _ = command(t, "doctor")
	if !strings.Contains(printed, "missing  Go") || !strings.Contains(printed, "→ install Go") {
		t.Errorf("printed %s", printed)
	}
}

func TestInstallCommandRefuses(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"install", "--prefix", "/x", "--user"}, "prefix user"},
		{[]string{"install", "--no-xla", "--xla-wheel", "x.whl"}, "--xla-wheel"},
		{[]string{"install", "extra"}, "extra"},
	} {
		t.Run(strings.Join(test.args, " "), func(t *testing.T) {
			if _, err := command(t, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%q: %v, want an error with %q", test.args, err, test.want)
			}
		})
	}
}

func TestFetchCommand(t *testing.T) {
	printed, err := command(t, "fetch")
	if err != nil || !strings.Contains(printed, "bert-base-cased") || !strings.Contains(printed, "imdb") {
		t.Errorf("without arguments: %v\n%s", err, printed)
	}
	for _, args := range [][]string{{"fetch", "bert-base-cased"}, {"fetch", "a", "b", "c"}} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			if _, err := command(t, args...); err == nil || !strings.Contains(err.Error(), "a name and a folder") {
				t.Errorf("%q: %v", args, err)
			}
		})
	}
	if _, err := command(t, "fetch", "bert-base-cased", "main.go"); err == nil || !strings.Contains(err.Error(), "main.go is a file") {
		t.Errorf("a file for the folder: %v", err)
	}
}

// TestCommandsNeedNoEngine checks that merge and serve are the only commands that import a compute engine:
// the packages of the others import none of those that internal/engine selects.
func TestCommandsNeedNoEngine(t *testing.T) {
	deps := func(pkg string) map[string]bool {
		out, err := exec.Command("go", "list", "-deps", pkg).Output()
		if err != nil {
			t.Fatal(err)
		}
		set := map[string]bool{}
		for name := range strings.Lines(string(out)) {
			set[strings.TrimSpace(name)] = true
		}
		return set
	}
	commands, engine := deps("./internal/..."), deps("../internal/engine")
	engines := 0
	for name := range engine {
		if strings.Contains(name, "/gobackend") || strings.Contains(name, "/go-xla/compute") || strings.HasSuffix(name, "internal/engine") {
			engines++
			if commands[name] {
				t.Errorf("a command other than merge and serve imports %s", name)
			}
		}
	}
	if engines < 3 {
		t.Errorf("internal/engine imports %d packages of engines, which this test takes for more", engines)
	}
}
