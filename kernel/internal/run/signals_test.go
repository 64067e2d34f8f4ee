//go:build linux

package run

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

var (
	signals     = flag.Int("signals", 6, "signals that runs of TestGoNBSignals receive, at random moments")
	signalsSeed = flag.Uint64("seed", 1, "seed of the moments")
)

// signalled names the folder of the notebook that the process of TestRunner runs.
const signalled = "LORABOOK_SIGNALLED_NOTEBOOK"

// TestRunner is the process that TestGoNBSignals sends signals to. On its own it does nothing.
func TestRunner(t *testing.T) {
	dir := os.Getenv(signalled)
	if dir == "" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := Run(ctx, Options{Notebooks: []string{filepath.Join(dir, "n.ipynb")}, Out: filepath.Join(dir, "results"), Progress: os.Stdout}); err != nil {
		t.Fatal(err)
	}
}

// A runner that gets SIGINT, SIGTERM or SIGKILL at any moment leaves no process and no temporary file,
// the notebook as it was, and no result or a complete one. A cell's process with a session of its
// own ends as well. Only the folder of a kernel whose runner was killed before the guard had started
// stays, until the next run.
func TestGoNBSignals(t *testing.T) {
	useGoNB(t)
	dir := t.TempDir()
	first := filepath.Join(t.TempDir(), "first") // says that the first cell has run, and so the guard
	source := save(t, dir, "n.ipynb", codeCell("!touch "+first), codeCell(`!setsid sleep 12321 >/dev/null 2>&1 </dev/null &`),
		codeCell("%%\nfmt.Println(\"two\")"), codeCell("!sleep 0.3; echo three"))
	before, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	result := filepath.Join(dir, "results", "n.ipynb")
	runner := func() (*exec.Cmd, *bytes.Buffer) {
		cmd, out := exec.Command(os.Args[0], "-test.run=^TestRunner$"), new(bytes.Buffer)
		cmd.Env, cmd.Stdout, cmd.Stderr = append(os.Environ(), signalled+"="+dir), out, out
		cmd.WaitDelay = time.Minute
		return cmd, out
	}
	whole := time.Minute // of the shortest run: GoNB compiles the first one's cells
	for range 2 {
		began := time.Now()
		if cmd, out := runner(); cmd.Run() != nil {
			t.Fatal(out)
		}
		whole = min(whole, time.Since(began))
	}
	rng, received, ended, unguarded := rand.New(rand.NewPCG(*signalsSeed, 0)), 0, 0, 0
	for received < *signals { // a run that ends before its signal does not count
		if err := os.RemoveAll(filepath.Dir(result)); err != nil {
			t.Fatal(err)
		}
		sent := []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGKILL}[received%3]
		moment := time.Duration(rng.Float64() * float64(whole))
		if err := os.RemoveAll(first); err != nil {
			t.Fatal(err)
		}
		cmd, out := runner()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		done, arrived := make(chan struct{}), make(chan bool, 1)
		began := time.Now()
		go func() {
			select {
			case <-done:
				arrived <- false
			case <-time.After(moment):
				arrived <- cmd.Process.Signal(sent) == nil
			}
		}()
		err := cmd.Wait()
		close(done)
		switch {
		case !<-arrived:
			whole = min(whole, time.Since(began))
		case err == nil:
			ended++ // it got the signal after its last cell
			fallthrough
		default:
			received++
		}
		if after, err := os.ReadFile(source); err != nil || !bytes.Equal(before, after) {
			t.Errorf("%v after %v: the notebook was changed (%v)", sent, moment, err)
		}
		if _, err := nbformat.Read(result); err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%v after %v: the result is not complete: %v", sent, moment, err)
		}
		var left []string
		for range 100 { // the guard ends the processes of a killed runner
			if left = leftovers(t, dir); len(left) == 0 {
				break
			}
			time.Sleep(100 * time.Millisecond)
		}
		if _, err := os.Stat(first); sent == syscall.SIGKILL && err != nil && slices.ContainsFunc(left, isKernelFolder) {
			unguarded++
			if cmd, out := runner(); cmd.Run() != nil {
				t.Fatal(out)
			}
			left = leftovers(t, dir)
		}
		if len(left) > 0 {
			t.Fatalf("%v after %v of %v: left: %q\n%s", sent, moment, whole, left, out)
		}
	}
	t.Logf("%d signals received, %d of them after the last cell, %d before the guard had started, seed %d", received, ended, unguarded, *signalsSeed)
}

// isKernelFolder reports whether a path is that of a folder which the next start of a kernel removes.
func isKernelFolder(path string) bool {
	matched, _ := filepath.Match("lorabook-kernel-*.locked", filepath.Base(path))
	return matched
}

// leftovers lists what no runner may leave: processes of this notebook, temporary files, and other
// files beside the result.
func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	var left []string
	for pid, program := range running(t, filepath.Join(built.dir, "gonb")) {
		left = append(left, "process "+pid+" "+program)
	}
	lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range lines {
		if text, err := os.ReadFile(path); err == nil && strings.HasPrefix(string(text), "sleep\x0012321") {
			left = append(left, path)
		}
	}
	for _, folder := range []string{os.Getenv("TMPDIR"), filepath.Join(dir, "results")} {
		entries, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatal(err)
		}
		for _, entry := range entries {
			if entry.Name() != "n.ipynb" {
				left = append(left, filepath.Join(folder, entry.Name()))
			}
		}
	}
	return left
}
