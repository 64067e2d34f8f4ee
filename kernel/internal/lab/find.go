package lab

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// oldest is the lowest major version that was tested with the notebooks.
const oldest = 4

// Server is an installed JupyterLab.
type Server struct {
	Path    string // of the executable jupyter-lab
	Version string // output of --version: "4.6.6"
}

// NotFoundError reports that this machine has no usable JupyterLab.
type NotFoundError struct {
	Environment string   // folder for an installation
	Rejected    []string // unusable installations, for example "/usr/bin/jupyter-lab is JupyterLab 3.6.1, expected version 4 or later"
}

// Error implements error.
func (e *NotFoundError) Error() string {
	text := fmt.Sprintf("JupyterLab %d or later was not found", oldest)
	if len(e.Rejected) > 0 {
		text += " (" + strings.Join(e.Rejected, "; ") + ")"
	}
	return text + fmt.Sprintf(": --yes installs it into %s (%s), --jupyter FILE selects another installation", e.Environment, Cost)
}

// Find returns the JupyterLab at path. If path is empty, it returns the first usable one: the
// one in env, then jupyter-lab on the PATH. If there is none, the error is a *NotFoundError.
func Find(ctx context.Context, path string, env Environment) (Server, error) {
	if path != "" {
		return ask(ctx, path)
	}
	if env.complete() {
		return ask(ctx, env.executable("jupyter-lab"))
	}
	missing := &NotFoundError{Environment: env.Dir}
	path, err := exec.LookPath("jupyter-lab")
	if err != nil {
		return Server{}, missing
	}
	server, err := ask(ctx, path)
	if err != nil {
		if ctx.Err() != nil {
			return Server{}, ctx.Err()
		}
		missing.Rejected = append(missing.Rejected, err.Error())
		return Server{}, missing
	}
	return server, nil
}

// ask runs the executable with --version.
func ask(ctx context.Context, path string) (Server, error) {
	output, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		if exit := new(exec.ExitError); errors.As(err, &exit) && len(exit.Stderr) > 0 {
			lines := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
			err = fmt.Errorf("%w: %s", err, lines[len(lines)-1])
		}
		return Server{}, fmt.Errorf("%s --version failed: %w", path, err)
	}
	version := strings.TrimSpace(string(output))
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return Server{}, fmt.Errorf("%s --version printed %q, expected a version such as 4.6.6: is it jupyter-lab?", path, version)
	}
	if n < oldest {
		return Server{}, fmt.Errorf("%s is JupyterLab %s, expected version 4 or later", path, version)
	}
	return Server{Path: path, Version: version}, nil
}
