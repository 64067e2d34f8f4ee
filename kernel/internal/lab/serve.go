package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// patience is how long a server may take to end its kernels.
const patience = 30 * time.Second

// Serve runs the server in the folder root and opens its page on the file open, a path
// below root, until it ends or ctx does; then it ends its kernels, too. arguments are
// passed on; out takes what it prints, its address among it.
func (s Server) Serve(ctx context.Context, root, open string, arguments []string, out io.Writer) error {
	root, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	page := (&url.URL{Path: "/lab/tree/" + filepath.ToSlash(open)}).EscapedPath()
	cmd := exec.CommandContext(ctx, s.Path, append([]string{
		"--ServerApp.root_dir=" + root, "--LabApp.default_url=" + page,
		"--ServerApp.answer_yes=True", // an interrupt ends it without a question
	}, arguments...)...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	ownGroup(cmd) // Ctrl-C is for us to pass on, once
	err = cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if exit := new(exec.ExitError); errors.As(err, &exit) {
		return fmt.Errorf("%s ended with %w; what it said stands above", s.Path, err)
	}
	return err
}

// Below returns path as seen from the folder root, which must hold it.
func Below(root, path string) (string, error) {
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		return "", err
	}
	if root, err = filepath.Abs(root); err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	} else if !os.IsNotExist(err) {
		return "", err
	}
	below, err := filepath.Rel(root, path)
	if err != nil || !filepath.IsLocal(below) {
		return "", fmt.Errorf("%s is not below %s, which JupyterLab is to show: change to a folder above it", path, root)
	}
	return below, nil
}
