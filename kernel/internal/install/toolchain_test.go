package install

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// fakeGo writes a go command that runs the lines of a shell script.
func fakeGo(t *testing.T, bin, script string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the go commands of this test are shell scripts")
	}
	if err := os.MkdirAll(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(bin, "go")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// An older go command on the PATH runs the Go that it has downloaded, only in the module's folder.
func TestDownloadedToolchain(t *testing.T) {
	root := t.TempDir()
	said, err := json.Marshal(map[string]string{"GOVERSION": "go1.99.1", "GOROOT": root})
	if err != nil {
		t.Fatal(err)
	}
	script := fmt.Sprintf("cat <<'END'\n%s\nEND", said)
	bin := t.TempDir()
	onPath := fakeGo(t, bin, script)
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	find := func() string {
		chain, err := FindToolchain(context.Background(), ".")
		if err != nil {
			t.Fatal(err)
		}
		if chain.Version() != "go1.99.1" {
			t.Errorf("version %q", chain.Version())
		}
		return chain.Path
	}
	if got := find(); got != onPath {
		t.Errorf("its own GOROOT has no go command: %s, want %s", got, onPath)
	}
	downloaded := fakeGo(t, filepath.Join(root, "bin"), script)
	if got := find(); got != downloaded {
		t.Errorf("downloaded: %s, want %s", got, downloaded)
	}
	if err := os.Remove(onPath); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(downloaded, onPath); err != nil {
		t.Fatal(err)
	}
	if got := find(); got != onPath {
		t.Errorf("a link to the go command of GOROOT: %s, want %s", got, onPath)
	}
}

func TestToolchainTooOld(t *testing.T) {
	const said = "go: go.mod requires go >= 1.27.0 (running go 1.26.8; GOTOOLCHAIN=local)"
	bin := t.TempDir()
	path := fakeGo(t, bin, "echo '"+said+"' >&2\nexit 1")
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	_, err := FindToolchain(context.Background(), ".")
	if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), said) || !strings.Contains(err.Error(), "export GOTOOLCHAIN=auto") {
		t.Errorf("got %v, want what the command said, and the remedy", err)
	}
}
