package install

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Toolchain is the go command that builds the tools and, later, the cells.
type Toolchain struct {
	Path string            // of the go command
	Env  map[string]string // output of `go env` in the module's folder
}

// ErrNoGo is returned by [FindToolchain] if there is no go command.
var ErrNoGo = errors.New("no go command on the PATH: install Go from https://go.dev/dl")

// FindToolchain asks the go command on the PATH for its settings in dir. If that command runs
// another Go there, which it has downloaded because the go.mod of dir wants a newer one, Path is
// the go command of that one: tools and cells are built outside dir, where the first would not
// run it.
func FindToolchain(ctx context.Context, dir string) (*Toolchain, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, ErrNoGo
	}
	cmd := exec.CommandContext(ctx, path, "env", "-json", "GOVERSION", "GOOS", "GOARCH", "GOFLAGS",
		"GOEXPERIMENT", "GOPROXY", "GOROOT", "GOMODCACHE", "CGO_ENABLED", "CC")
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		said := strings.TrimSpace(stderr.String())
		if strings.Contains(said, "GOTOOLCHAIN=local") {
			said += "\n" + allowDownload
		}
		return nil, fmt.Errorf("%s env: %w\n%s", path, err, said)
	}
	chain := &Toolchain{Path: path}
	if err := json.Unmarshal(out, &chain.Env); err != nil {
		return nil, fmt.Errorf("%s env: %w", path, err)
	}
	running := filepath.Join(chain.Env["GOROOT"], "bin", "go")
	if runtime.GOOS == "windows" {
		running += ".exe"
	}
	if !sameFile(path, running) {
		if _, err := exec.LookPath(running); err == nil {
			chain.Path = running
		}
	}
	return chain, nil
}

// allowDownload is the remedy if the go command is older than go.mod wants, and may not download
// the Go that it wants.
const allowDownload = "Downloading a newer Go is turned off here. Turn it on: export GOTOOLCHAIN=auto"

// Version returns the version as Go names it, "go1.26.8".
func (t *Toolchain) Version() string { return t.Env["GOVERSION"] }
