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

// patience is the time limit for a server to end its kernels.
const patience = 30 * time.Second

// Serve runs the server in the folder root and opens the file open, a path below root, in the
// browser. It returns when the server ends or ctx is cancelled; the server's kernels end with
// it. arguments are passed to JupyterLab; out receives its output, including its address.
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
		return fmt.Errorf("%s ended with %w; see its output above", s.Path, err)
	}
	return err
}

// RelativeTo returns path relative to the folder root, which must contain it.
func RelativeTo(root, path string) (string, error) {
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
		return "", fmt.Errorf("%s is outside %s, JupyterLab's root folder: change to a folder that contains the notebook", path, root)
	}
	return below, nil
}
