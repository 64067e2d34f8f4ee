package install

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/kernel/internal/command"
	"github.com/lorabook/lorabook/kernel/internal/gonbpatch"
)

// goplsVersion is pinned here and not in go.mod, since its many requirements would affect every
// module that imports lorabook.
const goplsVersion = "v0.21.0"

// Tool is a program that the kernel is, or that it calls.
type Tool struct {
	Name    string // of the program
	Package string // its main package
	Version string // of the module it comes from
	Lost    string // the missing feature without it; empty if it is required

	pinned  bool // by lorabook's go.mod, so that it can be built from there
	patched bool // with the corrections of gonbpatch
}

// Tools returns the programs of the kernel at the versions that module pins.
func (m *Module) Tools() ([]Tool, error) {
	tools := []Tool{
		{Name: "gonb", Package: "github.com/janpfeifer/gonb", Version: m.Requires["github.com/janpfeifer/gonb"], pinned: true, patched: true},
		{Name: "goimports", Package: "golang.org/x/tools/cmd/goimports", Version: m.Requires["golang.org/x/tools"], pinned: true},
		{Name: "gopls", Package: "golang.org/x/tools/gopls", Version: goplsVersion, Lost: "completion and help in a cell"},
	}
	for _, tool := range tools {
		if tool.Version == "" {
			return nil, fmt.Errorf("%s does not require the module of %s: restore its tool directives from the repository",
				filepath.Join(m.Dir, "go.mod"), tool.Package)
		}
	}
	return tools, nil
}

// Path returns the program's path in the folder bin.
func (t Tool) Path(bin string) string {
	return filepath.Join(bin, t.Name)
}

// Built describes a program that is already there.
type Built struct {
	Version   string // of the module it was built from
	GoVersion string // of the compiler
	Tags      string // build tags
}

// ErrNotBuilt is returned by [Tool.Built] if the program does not exist.
var ErrNotBuilt = errors.New("not installed")

// Built reads the program's module version from the program.
func (t Tool) Built(bin string) (Built, error) {
	path := t.Path(bin)
	info, err := buildinfo.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Built{}, ErrNotBuilt
	}
	if err != nil {
		return Built{}, fmt.Errorf("%s is not a Go program: %w", path, err)
	}
	if info.Path != t.Package {
		return Built{}, fmt.Errorf("%s is %s, not %s", path, info.Path, t.Package)
	}
	// Behind the version stand the experiments: "go1.26.8-X:simd", before Go 1.26 " X:simd".
	goVersion, _, _ := strings.Cut(info.GoVersion, "-X:")
	goVersion, _, _ = strings.Cut(goVersion, " ")
	built := Built{Version: info.Main.Version, GoVersion: goVersion}
	for _, setting := range info.Settings {
		if setting.Key == "-tags" {
			built.Tags = setting.Value
		}
	}
	return built, nil
}

// current reports whether the program is there, at the version wanted, with the present
// corrections, and built by this compiler: an older goimports or gopls cannot read newer Go.
func (t Tool) current(bin string, chain *Toolchain) bool {
	built, err := t.Built(bin)
	return err == nil && built.Version == t.Version && built.GoVersion == chain.Version() && (!t.patched || built.Tags == gonbpatch.Tag())
}

// build compiles the program and writes it atomically to the folder bin. It is compiled with
// the cells' settings, env, although it does not need them: Go's library and other shared
// packages are then compiled only once.
func (t Tool) build(ctx context.Context, module *Module, chain *Toolchain, env map[string]string, bin string, note func(string)) error {
	if err := os.MkdirAll(bin, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(bin, ".build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	args := []string{"build", "-v", "-ldflags=-s -w", "-o", t.Path(work), t.Package}
	if !t.pinned {
		args = []string{"install", "-v", "-ldflags=-s -w", t.Package + "@" + t.Version}
	}
	if t.patched {
		patched, err := gonbpatch.BuildArgs(ctx, chain.Path, module.Dir, work)
		if err != nil {
			return err
		}
		args = slices.Insert(args, 1, patched...)
	}
	cmd := exec.CommandContext(ctx, chain.Path, args...)
	cmd.Dir = module.Dir
	cmd.Env = append(append(os.Environ(), compileEnv(env)...), "GOBIN="+work, "GOWORK=off", "GOOS=", "GOARCH=")
	if err := command.Run(ctx, cmd, note); err != nil {
		return err
	}
	if built, err := t.Built(work); err != nil || built.Version != t.Version {
		return fmt.Errorf("built %s %s, wanted %s (%v)", t.Package, built.Version, t.Version, err)
	}
	return os.Rename(t.Path(work), t.Path(bin))
}
