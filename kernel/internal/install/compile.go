package install

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lorabook/lorabook/kernel/internal/command"
	"github.com/lorabook/lorabook/kernel/internal/report"
)

// compileCells compiles what cells import, with the settings that cells are compiled
// with, so that Go's cache holds it and the first cell does not take minutes. Packages that
// do not compile are reported and are no error: the cells that import them will fail,
// and say why.
func compileCells(ctx context.Context, module *Module, chain *Toolchain, env map[string]string, progress *report.Reporter) error {
	packages := []string{"github.com/janpfeifer/gonb/gonbui"}
	if _, err := os.Stat(filepath.Join(module.Dir, "pkg")); err == nil {
		packages = append(packages, "./pkg/...")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	cmd := exec.CommandContext(ctx, chain.Path, append([]string{"build", "-v"}, packages...)...)
	cmd.Dir = module.Dir
	cmd.Env = append(os.Environ(), "GOEXPERIMENT="+env["GOEXPERIMENT"], "GOFLAGS="+env["GOFLAGS"])
	step := progress.Start("packages", "compiling what cells import (minutes, the first time)", -1)
	compiled := 0
	err := command.Run(ctx, cmd, func(pkg string) {
		compiled++
		step.Note("compiling " + pkg)
	})
	switch {
	case ctx.Err() != nil:
		step.Stop()
		return ctx.Err()
	case err != nil:
		step.Stop()
		progress.Line("packages", "warning: not compiled; cells that import them will fail as this did\n"+err.Error())
	case compiled == 0:
		step.Done("compiled already")
	default:
		step.Done("compiled")
	}
	return nil
}
