package lab

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// oldest is the first major version that opens the notebooks as they were tested.
const oldest = 4

// Server is a JupyterLab that can be run.
type Server struct {
	Path    string // of the executable jupyter-lab
	Version string // as it says itself: "4.6.6"
}

// NotFoundError reports that this machine has no usable JupyterLab.
type NotFoundError struct {
	Environment string   // folder where one could be installed
	Rejected    []string // unusable installations, for example "/usr/bin/jupyter-lab is JupyterLab 3.6.1, too old"
}

func (e *NotFoundError) Error() string {
	text := fmt.Sprintf("there is no JupyterLab %d on this machine", oldest)
	if len(e.Rejected) > 0 {
		text += " (" + strings.Join(e.Rejected, "; ") + ")"
	}
	return text + fmt.Sprintf(": --yes installs one into %s (%s), --jupyter FILE names one", e.Environment, Cost)
}

// Find returns the JupyterLab at path or, where path is empty, the first that serves:
// that of the environment of ours, then jupyter-lab in the PATH. Where none does, the
// error is a *NotFoundError.
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

// ask runs the executable for its version.
func ask(ctx context.Context, path string) (Server, error) {
	output, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		if exit := new(exec.ExitError); errors.As(err, &exit) && len(exit.Stderr) > 0 {
			lines := strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n")
			err = fmt.Errorf("%w: %s", err, lines[len(lines)-1])
		}
		return Server{}, fmt.Errorf("%s does not say its version: %w", path, err)
	}
	version := strings.TrimSpace(string(output))
	major, _, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(major)
	if err != nil {
		return Server{}, fmt.Errorf("%s says %q for its version: is it jupyter-lab?", path, version)
	}
	if n < oldest {
		return Server{}, fmt.Errorf("%s is JupyterLab %s, too old", path, version)
	}
	return Server{Path: path, Version: version}, nil
}
