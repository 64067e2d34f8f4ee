package install

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// Toolchain is the go command that builds the tools and, later, the cells.
type Toolchain struct {
	Path string            // of the go command
	Env  map[string]string // output of `go env` in the module's folder
}

// ErrNoGo is returned by [FindToolchain] if there is no go command.
var ErrNoGo = errors.New("no go command on the PATH: install Go from https://go.dev/dl")

// FindToolchain asks the go command on the PATH for its settings in dir.
func FindToolchain(ctx context.Context, dir string) (*Toolchain, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, ErrNoGo
	}
	cmd := exec.CommandContext(ctx, path, "env", "-json", "GOVERSION", "GOOS", "GOARCH", "GOFLAGS",
		"GOEXPERIMENT", "GOPROXY", "GOMODCACHE", "CGO_ENABLED", "CC")
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s env: %w\n%s", path, err, strings.TrimSpace(stderr.String()))
	}
	chain := &Toolchain{Path: path}
	if err := json.Unmarshal(out, &chain.Env); err != nil {
		return nil, fmt.Errorf("%s env: %w", path, err)
	}
	return chain, nil
}

// Version returns the version as Go names it, "go1.26.8".
func (t *Toolchain) Version() string { return t.Env["GOVERSION"] }
