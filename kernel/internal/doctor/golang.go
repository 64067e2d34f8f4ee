package doctor

import (
	"context"
	"errors"
	"go/version"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/install"
)

// module finds the checkout.
func (m *machine) module(module *install.Module, err error) {
	if err != nil {
		m.missing("checkout", "git clone https://"+install.ModulePath+" and run this in it", "%v", err)
		return
	}
	m.ok("checkout", "%s in %s", install.ModulePath, module.Dir)
}

// golang checks the go command: there, and new enough for the module.
func (m *machine) golang(module *install.Module, chain *install.Toolchain, err error) {
	const name, remedy = "Go", "install Go from https://go.dev/dl and put its bin folder on the PATH"
	switch {
	case errors.Is(err, install.ErrNoGo):
		m.missing(name, remedy, "no go command on the PATH")
	case err != nil:
		m.missing(name, remedy, "%v", err)
	case module != nil && version.Compare(chain.Version(), "go"+module.GoVersion) < 0:
		m.missing(name, remedy, "%s at %s, but go%s is needed", chain.Version(), chain.Path, module.GoVersion)
	default:
		m.ok(name, "%s %s/%s at %s", chain.Version(), chain.Env["GOOS"], chain.Env["GOARCH"], chain.Path)
	}
}

// compiler checks that cgo works: XLA is reached through it.
func (m *machine) compiler(chain *install.Toolchain) {
	const name = "C compiler"
	if chain == nil {
		return // further checks need Go
	}
	remedy := "install one: apt install gcc libc6-dev"
	if runtime.GOOS == "darwin" {
		remedy = "install one: xcode-select --install"
	}
	const lost = "; without cgo cells use the pure Go engine at 2/5 of XLA's speed"
	compiler := strings.Fields(chain.Env["CC"])
	if len(compiler) == 0 {
		m.warn(name, remedy, "none is set"+lost)
		return
	}
	path, err := exec.LookPath(compiler[0])
	if err != nil {
		m.warn(name, remedy, "no %s on the PATH%s", compiler[0], lost)
		return
	}
	if chain.Env["CGO_ENABLED"] != "1" {
		m.warn(name, "unset CGO_ENABLED, or go env -w CGO_ENABLED=1", "%s, but cgo is off%s", path, lost)
		return
	}
	ctx, cancel := context.WithTimeout(m.ctx, 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append(compiler[1:len(compiler):len(compiler)], "-x", "c", "-fsyntax-only", "-")...)
	cmd.Stdin = strings.NewReader("#include <stdlib.h>\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		m.warn(name, remedy, "%s does not compile a program of one line (%s)%s", path, firstLine(string(out)+err.Error()), lost)
		return
	}
	m.ok(name, "%s, cgo is on", path)
}

// packages checks that everything cells import is on this machine.
func (m *machine) packages(module *install.Module, chain *install.Toolchain) {
	const name = "modules"
	if module == nil || chain == nil {
		return
	}
	cmd := exec.CommandContext(m.ctx, chain.Path, "list", "-deps", "./...")
	cmd.Dir = module.Dir
	cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=-mod=readonly")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		m.missing(name, "go mod download", "not all on this machine: %s", firstLine(stderr.String()+err.Error()))
		return
	}
	m.ok(name, "all on this machine, in %s", chain.Env["GOMODCACHE"])
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
