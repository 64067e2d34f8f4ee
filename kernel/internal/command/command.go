// Package command runs other programs: it forwards their output while they run, and the error
// of a failed program contains the end of its output:
//
//	err := command.Run(ctx, exec.Command("go", "version"), func(line string) { fmt.Println(line) })
package command

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Run runs cmd, which was made with this context, to its end and hands each line it
// prints to note. Its error contains the last lines of output, which usually state the cause.
// When the context ends, so do cmd and all that it started.
func Run(ctx context.Context, cmd *exec.Cmd, note func(string)) error {
	output := &lineWriter{note: note}
	endWithGroup(cmd)
	cmd.Stdout, cmd.Stderr = output, output
	cmd.WaitDelay = 5 * time.Second // a grandchild that keeps the pipe open must not block Run
	err := cmd.Run()
	output.flush()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, indent(strings.Join(output.last, "\n")))
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
