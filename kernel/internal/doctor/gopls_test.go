package doctor

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/install"
	"github.com/lorabook/lorabook/kernel/internal/jupyter"
)

// goBuild builds the main package pkg in the folder dir.
func goBuild(t *testing.T, dir, output, pkg string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", output, pkg)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOFLAGS=", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// buildGopls builds a program whose package and version are those of gopls. It prints a line
// and exits with the given code.
func buildGopls(t *testing.T, version, exit, output string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod":        "module example.com/tools\n\ngo 1.21\n\nrequire golang.org/x/tools/gopls " + version + "\n\nreplace golang.org/x/tools/gopls => ./gopls\n",
		"tools.go":      "package tools\n",
		"gopls/go.mod":  "module golang.org/x/tools/gopls\n\ngo 1.21\n",
		"gopls/main.go": "package main\n\nimport \"os\"\n\nfunc main() { println(\"a line\"); os.Exit(" + exit + ") }\n",
	} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	goBuild(t, dir, output, "golang.org/x/tools/gopls")
}

// TestGopls: cells find the program that starts gopls before gopls. The doctor examines both.
func TestGopls(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("on Windows GoNB starts gopls itself")
	}
	module, err := install.FindModule(".")
	if err != nil {
		t.Fatal(err)
	}
	tools, err := module.Tools()
	if err != nil {
		t.Fatal(err)
	}
	pinned := tools[len(tools)-1].Version
	bin := t.TempDir()
	gopls, starter := filepath.Join(bin, "gopls"), filepath.Join(bin, "lazy", "gopls")
	cells := spec(t, filepath.Join(bin, "k"), []string{program(t, filepath.Join(bin, "gonb")), "{connection_file}"},
		map[string]string{"PATH": filepath.Dir(starter) + ":" + bin})
	expect := func(status Status, words ...string) {
		t.Helper()
		examineTools(module, cells).expect(t, "gopls", status, words...)
	}
	buildGopls(t, pinned, "0", gopls)
	expect(Warn, pinned+" at "+gopls, "each open notebook", installCommand)
	goBuild(t, module.Dir, starter, install.ModulePath+"/kernel/internal/lazygopls")
	expect(OK, pinned+" at "+gopls, "started by "+starter)
	buildGopls(t, "v0.1.0", "0", gopls)
	expect(Warn, "v0.1.0 at "+gopls, pinned+" is pinned", installCommand)
	buildGopls(t, pinned, "3", gopls)
	expect(Warn, starter+" does not start "+gopls, "exit status 3: a line", installCommand)
	if err := os.Remove(gopls); err != nil {
		t.Fatal(err)
	}
	expect(Warn, starter+" starts "+gopls+", which is not installed", "completion", installCommand)
}

// examineTools makes the check of the kernel's programs alone.
func examineTools(module *install.Module, cells *jupyter.KernelSpec) *Report {
	m := &machine{ctx: context.Background()}
	m.tools(module, nil, cells)
	return &m.report
}
