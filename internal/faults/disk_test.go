//go:build unix

package faults

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
)

// TestFilesAreLimited: a training that cannot write its files fails with an error that names one of
// them, and ends equal to the bit once it can. The limit of a file's size (RLIMIT_FSIZE) stands for a
// full disk: writes fail in the middle of a file.
func TestFilesAreLimited(t *testing.T) {
	testenv.NeedsTime(t, "it trains in other processes")
	if runtime.GOOS != "linux" {
		t.Skip("it sets the limits with the shell of Linux")
	}
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	e, root := variants(t)["LoRA"], t.TempDir()
	want, dir := filepath.Join(root, "whole"), filepath.Join(root, "limited")
	if cmd, out := victim(t, want, e); cmd.Run() != nil {
		t.Fatal(out)
	}
	for _, kilobytes := range []string{"1", "2", "4", "8", "16"} {
		cmd, out := victim(t, dir, e)
		// The Go runtime ignores SIGXFSZ; without it a write fails with EFBIG.
		limited := exec.Command("sh", append([]string{"-c", `ulimit -f "$0" && trap "" XFSZ && exec "$@"`, kilobytes}, cmd.Args...)...)
		limited.Env, limited.Stdout, limited.Stderr = cmd.Env, out, out
		if err := limited.Run(); err == nil {
			t.Errorf("a training with files of %s blocks succeeded", kilobytes)
		} else if !strings.Contains(out.String(), syscall.EFBIG.Error()) || !strings.Contains(out.String(), root) {
			t.Errorf("the error with %s blocks does not state the cause and the file: %s", kilobytes, out)
		}
	}
	if cmd, out := victim(t, dir, e); cmd.Run() != nil {
		t.Fatal(out)
	}
	same(t, want, dir)
}

// TestStopped: a process that is stopped and continued (SIGSTOP, SIGCONT), as by a machine's sleep,
// ends as if it had not been.
func TestStopped(t *testing.T) {
	testenv.NeedsTime(t, "it trains in other processes")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	e, root := variants(t)["LoRA"], t.TempDir()
	want, dir := filepath.Join(root, "whole"), filepath.Join(root, "stopped")
	if cmd, out := victim(t, want, e); cmd.Run() != nil {
		t.Fatal(out)
	}
	cmd, out := victim(t, dir, e)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	stops := 0
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			t.Logf("stopped %d times", stops)
			same(t, want, dir)
			return
		case <-time.After(20 * time.Millisecond):
			if cmd.Process.Signal(syscall.SIGSTOP) == nil {
				stops++
				time.Sleep(30 * time.Millisecond)
				_ = cmd.Process.Signal(syscall.SIGCONT)
			}
		}
	}
}
