package command

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
)

func TestRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	ctx := context.Background()
	var notes []string
	note := func(line string) { notes = append(notes, line) }
	if err := Run(ctx, exec.CommandContext(ctx, "sh", "-c", `printf 'one\n  two\rthree'`), note); err != nil || !slices.Equal(notes, []string{"one", "two", "three"}) {
		t.Errorf("%v, %q", err, notes)
	}
	err := Run(ctx, exec.CommandContext(ctx, "sh", "-c", "echo the cause >&2; exit 3"), note)
	if err == nil || !strings.Contains(err.Error(), "the cause") || !strings.Contains(err.Error(), "status 3") {
		t.Errorf("a failure: %v", err)
	}
}

// TestRunEndsTheGroup: what a script started ends with it.
func TestRunEndsTheGroup(t *testing.T) {
	testenv.NeedsTime(t, "it waits for processes to end")
	if runtime.GOOS == "windows" {
		t.Skip("needs process groups")
	}
	alive := filepath.Join(t.TempDir(), "alive")
	ctx, cancel := context.WithCancel(context.Background())
	start := time.Now()
	err := Run(ctx, exec.CommandContext(ctx, "sh", "-c", `(sleep 1; echo > "$0") & echo ready; wait`, alive), func(string) { cancel() })
	if !errors.Is(err, context.Canceled) || time.Since(start) > 900*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(start))
	}
	time.Sleep(1200 * time.Millisecond)
	if _, err := os.Stat(alive); err == nil {
		t.Error("a process of the group worked on")
	}
}

// TestRunRemovesTemporaryFiles: an ended go build would leave its go-build folder.
func TestRunRemovesTemporaryFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	for script, endless := range map[string]bool{
		`test "$TMPDIR" != "$0" && mkdir -p "$TMPDIR/go-build1/b001" && echo made`:      false,
		`mkdir -p "$TMPDIR/go-build1/b001" && echo made && while :; do sleep 0.1; done`: true,
	} {
		ctx, cancel := context.WithCancel(context.Background())
		var made string
		err := Run(ctx, exec.CommandContext(ctx, "sh", "-c", script, temporary), func(line string) {
			if made = line; endless {
				cancel()
			}
		})
		if made != "made" || endless != errors.Is(err, context.Canceled) || !endless && err != nil {
			t.Errorf("%s: %q, %v", script, made, err)
		}
		cancel()
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left: %v (%v)", left, err)
	}
}
