package lab

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"

	"github.com/gofrs/flock"

	"github.com/lorabook/lorabook/kernel/internal/command"
	"github.com/lorabook/lorabook/kernel/internal/report"
)

//go:embed requirements.txt
var requirements string

// Version is the version of JupyterLab that Install installs.
var Version = regexp.MustCompile(`(?m)^jupyterlab==(\S+)$`).FindStringSubmatch(requirements)[1]

// Cost describes the size of an installation for users.
const Cost = "some 90 Python packages, 240 MB"

// Environment is a Python environment that contains only JupyterLab.
type Environment struct {
	Dir string
}

// NewEnvironment names the environment in this user's cache, one for each version.
func NewEnvironment() (Environment, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return Environment{}, fmt.Errorf("no folder for JupyterLab: %w", err)
	}
	return Environment{filepath.Join(cache, "lorabook", "jupyterlab-"+Version)}, nil
}

// executable is the path of a program of the environment.
func (e Environment) executable(name string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(e.Dir, "Scripts", name+".exe")
	}
	return filepath.Join(e.Dir, "bin", name)
}

// mark is written last.
func (e Environment) mark() string { return filepath.Join(e.Dir, "complete") }

func (e Environment) complete() bool {
	_, err := os.Stat(e.mark())
	return err == nil
}

// errNoPython is a machine on which no environment can be made.
var errNoPython = errors.New("JupyterLab is a Python program, and there is neither uv nor a python3 with the module venv in the PATH: install one (Debian: apt install python3-venv)")

// Install creates the environment with uv, or with Python's venv and pip if there is no uv,
// from their configured package index. An incomplete environment is created again; a complete
// one is kept.
func (e Environment) Install(ctx context.Context, progress *report.Reporter) (err error) {
	if err := os.MkdirAll(filepath.Dir(e.Dir), 0o755); err != nil {
		return err
	}
	lock := flock.New(e.Dir + ".lock")
	if err := lock.Lock(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	if e.complete() {
		return nil
	}
	if err := os.RemoveAll(e.Dir); err != nil {
		return err
	}
	list, err := os.CreateTemp("", "jupyterlab-*.txt")
	if err != nil {
		return err
	}
	defer os.Remove(list.Name())
	_, err = list.WriteString(requirements)
	if err := errors.Join(err, list.Close()); err != nil {
		return err
	}
	steps, err := e.steps(ctx, list.Name())
	if err != nil {
		return err
	}
	step := progress.Start("JupyterLab", "installing "+Version+" into "+e.Dir, -1)
	defer step.Stop()
	for _, args := range steps {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Env = append(os.Environ(), "PIP_NO_INPUT=1")
		if err := command.Run(ctx, cmd, step.Note); err != nil {
			return fmt.Errorf("JupyterLab was not installed: %w", err)
		}
	}
	if err := os.WriteFile(e.mark(), nil, 0o644); err != nil {
		return err
	}
	step.Done("installed " + Version + " into " + e.Dir)
	return nil
}

// steps are the commands that make the environment.
func (e Environment) steps(ctx context.Context, list string) ([][]string, error) {
	if uv, err := exec.LookPath("uv"); err == nil {
		return [][]string{
			{uv, "venv", "--quiet", e.Dir},
			{uv, "pip", "install", "--python", e.executable("python"), "--requirements", list},
		}, nil
	}
	for _, name := range []string{"python3", "python"} {
		python, err := exec.LookPath(name)
		if err == nil && exec.CommandContext(ctx, python, "-c", "import venv, ensurepip").Run() == nil {
			return [][]string{
				{python, "-m", "venv", e.Dir},
				{e.executable("python"), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar=off", "--requirement", list},
			}, nil
		}
	}
	return nil, errNoPython
}
