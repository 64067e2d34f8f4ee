package install

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/report"
)

// smallModule makes a checkout whose cells can import one package: what it stands for
// takes minutes to compile. It returns its folder and the package's file.
func smallModule(t *testing.T) (dir, file string) {
	t.Helper()
	dir = t.TempDir()
	file = filepath.Join(dir, "pkg", "one", "one.go")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	root, err := FindModule(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"go.mod", "go.sum"} { // the versions that are in Go's cache
		text, err := os.ReadFile(filepath.Join(root.Dir, name))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), string(text))
	}
	writeFile(t, file, "package one\n")
	return dir, file
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCompileCells(t *testing.T) {
	newHome(t)
	ctx := context.Background()
	dir, file := smallModule(t)
	module, err := FindModule(dir)
	if err != nil {
		t.Fatal(err)
	}
	chain, err := FindToolchain(ctx, dir)
	if err != nil {
		t.Fatal(err)
	}
	compile := func(source string) (string, bool) {
		writeFile(t, file, source)
		var out bytes.Buffer
		done, err := compileCells(ctx, module, chain, map[string]string{"GOFLAGS": "-buildvcs=false"}, report.New(&out))
		if err != nil {
			t.Fatal(err)
		}
		return out.String(), done
	}
	if out, done := compile("package one\n"); !done || strings.Contains(out, "warning") || !strings.Contains(out, "compiled") {
		t.Errorf("a good package:\n%s", out)
	}
	if out, done := compile("package one\n"); done || out != "" {
		t.Errorf("again, though all is compiled:\n%s", out)
	}
	if out, _ := compile("package one\n\nvar x int = \"s\"\n"); !strings.Contains(out, "warning") || !strings.Contains(out, "one.go:3") {
		t.Errorf("a package with an error on line 3:\n%s", out)
	}
}
