// Package command runs other programs: it forwards their output while they run, and the error
// of a failed program contains the end of its output:
//
//	err := command.Run(ctx, exec.Command("go", "version"), func(line string) { fmt.Println(line) })
package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/supervise"
)

// Run runs cmd, which was made with this context, to its end and hands each line it
// prints to note. Its error contains the last lines of output, which usually state the cause.
// When the context or this process ends, so do cmd and all that it started. The folder for temporary
// files is cmd's own and is removed with its content: a go build that is ended leaves its work there.
func Run(ctx context.Context, cmd *exec.Cmd, note func(string)) error {
	temporary, err := os.MkdirTemp("", "lorabook-command-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	cmd.Env = append(cmd.Environ(), "TMPDIR="+temporary)
	if runtime.GOOS == "windows" {
		cmd.Env = append(cmd.Env, "TMP="+temporary, "TEMP="+temporary)
	}
	output := &lineWriter{note: note}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = patience // a grandchild that keeps the pipe open must not block Run
	err = wait(ctx, cmd, temporary)
	output.flush()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, indent(strings.Join(output.last, "\n")))
}

// patience is the time between the request to end and the killing.
const patience = 5 * time.Second

// wait starts cmd and waits for its end. temporary is removed if this process is killed.
func wait(ctx context.Context, cmd *exec.Cmd, temporary string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	process, err := supervise.Start(cmd, temporary)
	if err != nil {
		return err
	}
	select {
	case <-process.Done():
	case <-ctx.Done():
		_ = process.Terminate()
		select {
		case <-process.Done():
		case <-time.After(patience):
			process.Kill()
		}
	}
	if state := process.State(); state != "exit status 0" {
		return errors.New(state)
	}
	return nil
}

// lineWriter splits written text into lines and keeps the last ones.
type lineWriter struct {
	note func(string)
	rest []byte
	last []string
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		i := bytes.IndexAny(w.rest, "\r\n")
		if i < 0 {
			return len(p), nil
		}
		w.line(string(w.rest[:i]))
		w.rest = w.rest[i+1:]
	}
}

func (w *lineWriter) flush() {
	w.line(string(w.rest))
	w.rest = nil
}

func (w *lineWriter) line(text string) {
	const kept = 15
	text = strings.TrimRight(text, " \t")
	if text == "" {
		return
	}
	w.last = append(w.last, text)
	if len(w.last) > kept {
		w.last = w.last[1:]
	}
	w.note(strings.TrimSpace(text))
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(text, "\n", "\n    ")
}
