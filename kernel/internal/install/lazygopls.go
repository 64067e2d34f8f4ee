package install

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"github.com/lorabook/lorabook/kernel/internal/command"
	"github.com/lorabook/lorabook/kernel/internal/report"
)

// lazyBin returns the folder of the program that stands before gopls. It comes first in the
// kernel's PATH.
func lazyBin(bin string) string { return filepath.Join(bin, "lazy") }

// starterPackage is the main package of that program.
const starterPackage = ModulePath + "/kernel/internal/lazygopls"

// StartedGopls returns the path of the gopls that the program at path starts. starter is false
// if that program is another one, such as gopls itself.
func StartedGopls(path string) (gopls string, starter bool) {
	info, err := buildinfo.ReadFile(path)
	if err != nil || info.Path != starterPackage {
		return "", false
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved // as the program does
	}
	return Tool{Name: "gopls"}.Path(filepath.Dir(filepath.Dir(path))), true
}

// installLazyGopls builds the program that starts gopls when a cell asks for help, if gopls is
// there. Windows has none: GoNB does not use a Unix socket there.
func installLazyGopls(ctx context.Context, o Options, module *Module, chain *Toolchain, layout Layout, progress *report.Reporter) error {
	if o.Headless || runtime.GOOS == "windows" || !IsProgram(Tool{Name: "gopls"}.Path(layout.Bin)) {
		return nil
	}
	dir := lazyBin(layout.Bin)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(layout.Bin, ".build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	cmd := exec.CommandContext(ctx, chain.Path, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(work, "gopls"), starterPackage)
	cmd.Dir = module.Dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "GOOS=", "GOARCH=", "CGO_ENABLED=0")
	if err := command.Run(ctx, cmd, func(string) {}); err != nil {
		return fmt.Errorf("building the program before gopls: %w", err)
	}
	text, err := os.ReadFile(filepath.Join(work, "gopls"))
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "gopls")
	changed, err := writeChanged(path, text)
	if err != nil || !changed {
		return err
	}
	progress.Line("gopls", "starts when a cell asks for help, one for all notebooks: "+path)
	return os.Chmod(path, 0o755)
}
