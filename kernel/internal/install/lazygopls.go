package install

import (
	"context"
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
	cmd := exec.CommandContext(ctx, chain.Path, "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(work, "gopls"), ModulePath+"/kernel/internal/lazygopls")
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
