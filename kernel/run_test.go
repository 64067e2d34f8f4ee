package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/run"
)

// The end of a run prints the command that renders its notebooks.
func TestRenderCommandOfARun(t *testing.T) {
	for want, options := range map[string]run.Options{
		"go run ./kernel render out":               {Out: "out", Notebooks: []string{"notebooks/a.ipynb"}},
		"go run ./kernel render 'my results'":      {Out: "my results"},
		`go run ./kernel render 'it'\''s'`:         {Out: "it's"},
		"go run ./kernel render notebooks/a.ipynb": {Out: "out", InPlace: true, Notebooks: []string{"notebooks/a.ipynb"}},
	} {
		if got := renderCommand(options); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// An interrupted run says how it continues; another failure does not.
func TestInterruptedRunSaysHowToContinue(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	ended, end := context.WithCancelCause(context.Background())
	end(signalError{syscall.SIGINT})
	for ctx, want := range map[context.Context]bool{ended: true, context.Background(): false} {
		root := newRootCommand()
		root.SetOut(io.Discard)
		notebook := filepath.Join("..", "notebooks", "01-baseline.ipynb")
		if !want {
			notebook = "none.ipynb"
		}
		root.SetArgs([]string{"run", notebook, "--out", t.TempDir()})
		if err := root.ExecuteContext(ctx); err == nil || strings.Contains(err.Error(), "the same command continues") != want {
			t.Errorf("interrupted %v: %v", want, err)
		}
	}
}
