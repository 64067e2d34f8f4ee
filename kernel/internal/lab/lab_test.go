package lab

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/report"
)

// script writes an executable shell script.
func script(t *testing.T, path, text string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// onlyPath makes a folder of programs the whole PATH.
func onlyPath(t *testing.T) string {
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	return dir
}

func TestFind(t *testing.T) {
	ctx := context.Background()
	bin := onlyPath(t)
	env := Environment{filepath.Join(t.TempDir(), "env")}
	missing := new(NotFoundError)
	if _, err := Find(ctx, "", env); !errors.As(err, &missing) || !strings.Contains(err.Error(), env.Dir) {
		t.Errorf("on a machine without: %v", err)
	}
	script(t, filepath.Join(bin, "jupyter-lab"), "echo 3.6.1")
	if _, err := Find(ctx, "", env); !errors.As(err, &missing) || !strings.Contains(err.Error(), "JupyterLab 3.6.1, expected version 4") {
		t.Errorf("an old one: %v", err)
	}
	script(t, filepath.Join(bin, "jupyter-lab"), "echo no module named jupyterlab >&2; exit 1")
	if _, err := Find(ctx, "", env); !errors.As(err, &missing) || !strings.Contains(err.Error(), "no module named") {
		t.Errorf("a broken one: %v", err)
	}
	path := script(t, filepath.Join(bin, "jupyter-lab"), "echo 4.1.0")
	if server, err := Find(ctx, "", env); err != nil || server != (Server{path, "4.1.0"}) {
		t.Errorf("%v, %v", server, err)
	}
	ours := script(t, env.executable("jupyter-lab"), "echo 4.6.6")
	if server, err := Find(ctx, "", env); err != nil || server.Path != path {
		t.Errorf("an environment that is half done was taken: %v, %v", server, err)
	}
	if err := os.WriteFile(env.mark(), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if server, err := Find(ctx, "", env); err != nil || server != (Server{ours, "4.6.6"}) {
		t.Errorf("%v, %v", server, err)
	}
	odd := script(t, filepath.Join(t.TempDir(), "odd"), "echo hello")
	if _, err := Find(ctx, odd, env); err == nil || !strings.Contains(err.Error(), `"hello"`) {
		t.Errorf("one that was named and is none: %v", err)
	}
}

func TestInstall(t *testing.T) {
	ctx := context.Background()
	bin := onlyPath(t)
	env := Environment{filepath.Join(t.TempDir(), "cache", "env")}
	progress := report.New(io.Discard)
	if err := env.Install(ctx, progress); !errors.Is(err, errNoPython) {
		t.Errorf("without Python: %v", err)
	}
	// uv as it is called here: a venv, then what the list names.
	script(t, filepath.Join(bin, "uv"), `
if [ "$1" = venv ]; then /bin/mkdir -p "$3/bin"; exit; fi
/bin/grep -q '^jupyterlab==' "$6" || { echo "no jupyterlab in $6" >&2; exit 1; }
[ -z "$BROKEN" ] || { echo "no route to the index" >&2; exit 2; }
printf '#!/bin/sh\necho 4.6.6\n' > "${4%python}jupyter-lab"
/bin/chmod +x "${4%python}jupyter-lab"`)
	t.Setenv("BROKEN", "1")
	if err := env.Install(ctx, progress); err == nil || !strings.Contains(err.Error(), "no route to the index") {
		t.Errorf("a failure: %v", err)
	}
	if env.complete() {
		t.Error("what failed counts as complete")
	}
	t.Setenv("BROKEN", "")
	if err := env.Install(ctx, progress); err != nil {
		t.Fatal(err)
	}
	if server, err := Find(ctx, "", env); err != nil || server.Version != "4.6.6" {
		t.Errorf("%v, %v", server, err)
	}
	script(t, filepath.Join(bin, "uv"), "exit 1")
	if err := env.Install(ctx, progress); err != nil {
		t.Errorf("what is complete was made again: %v", err)
	}
}

func TestServe(t *testing.T) {
	root := t.TempDir()
	server := Server{Path: script(t, filepath.Join(t.TempDir(), "jupyter-lab"), `echo "$@"; trap 'echo ended; exit 0' TERM; while :; do sleep 0.05; done`)}
	ctx, cancel := context.WithCancel(context.Background())
	var out bytes.Buffer
	time.AfterFunc(500*time.Millisecond, cancel)
	err := server.Serve(ctx, root, filepath.Join("notebooks", "01 first.ipynb"), []string{"--no-browser"}, &out)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("ended with %v", err)
	}
	for _, want := range []string{"root_dir=" + root, "default_url=/lab/tree/notebooks/01%20first.ipynb", "--no-browser", "ended"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in what it said:\n%s", want, out.String())
		}
	}
	server.Path = script(t, server.Path, "echo running as root is not recommended; exit 1")
	if err := server.Serve(context.Background(), root, "a.ipynb", nil, &out); err == nil || !strings.Contains(err.Error(), "status 1") {
		t.Errorf("one that does not start: %v", err)
	}
}

func TestRelativeTo(t *testing.T) {
	root := t.TempDir()
	if got, err := RelativeTo(root, filepath.Join(root, "lab", "01.ipynb")); err != nil || got != filepath.Join("lab", "01.ipynb") {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := RelativeTo(filepath.Join(root), filepath.Join(filepath.Dir(root), "x.ipynb")); err == nil || !strings.Contains(err.Error(), "is outside") {
		t.Errorf("outside: %v", err)
	}
}

// TestRequirements: every package has one version.
func TestRequirements(t *testing.T) {
	seen := map[string]bool{}
	for line := range strings.Lines(requirements) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") {
			continue
		}
		name, version, ok := strings.Cut(line, "==")
		if !ok || version == "" || strings.ContainsAny(version, " @;*") || seen[strings.ToLower(name)] {
			t.Errorf("%q", line)
		}
		seen[strings.ToLower(name)] = true
	}
	if len(seen) < 5 || Version == "" {
		t.Errorf("%d packages, JupyterLab %q", len(seen), Version)
	}
}
