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

// compileCells compiles the packages that cells import, with the cells' settings, so that they
// are in Go's cache and the first cell does not take minutes. A package that does not compile
// is reported without an error: the cells that import it will fail with the cause. If
// everything is compiled already, it prints nothing, and done is false.
func compileCells(ctx context.Context, module *Module, chain *Toolchain, env map[string]string, progress *report.Reporter) (done bool, err error) {
	packages := []string{"github.com/janpfeifer/gonb/gonbui"}
	if _, err := os.Stat(filepath.Join(module.Dir, "pkg")); err == nil {
		packages = append(packages, "./pkg/...")
	} else if !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	cmd := exec.CommandContext(ctx, chain.Path, append([]string{"build", "-v"}, packages...)...)
	cmd.Dir = module.Dir
	cmd.Env = append(os.Environ(), compileEnv(env)...)
	var step *report.Step
	err = command.Run(ctx, cmd, func(pkg string) {
		if step == nil {
			step = progress.Start("packages", "compiling the packages that cells import (minutes, the first time)", -1)
		}
		step.Note("compiling " + pkg)
	})
	if step != nil {
		defer step.Stop()
	}
	switch {
	case ctx.Err() != nil:
		return false, ctx.Err()
	case err != nil:
		if step != nil {
			step.Stop() // a bar would be drawn over the warning
		}
		progress.Line("packages", "warning: not compiled; cells that import them will fail as this did\n"+err.Error())
	case step != nil:
		step.Done("compiled")
	}
	return step != nil || err != nil, nil
}

// compileEnv returns the variables of a kernelspec's env that affect compilation.
func compileEnv(env map[string]string) []string {
	var settings []string
	for _, name := range []string{"CGO_ENABLED", "GOEXPERIMENT", "GOFLAGS"} {
		if value, set := env[name]; set {
			settings = append(settings, name+"="+value)
		}
	}
	return settings
}
