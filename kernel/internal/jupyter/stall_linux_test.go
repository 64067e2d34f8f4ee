package jupyter

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"
)

// stallKernel selects how the process of TestStallKernel runs the shell command stallCommand.
const (
	stallKernel  = "LORABOOK_STALL_KERNEL"
	stallCommand = "LORABOOK_STALL_COMMAND"
)

// TestStallKernel is the kernel's process of TestStall. On its own it does nothing.
func TestStallKernel(t *testing.T) {
	if os.Getenv(stallKernel) == "" {
		return
	}
	waitForFile(t, "start")
	cmd := exec.Command("sh", "-c", os.Getenv(stallCommand))
	switch os.Getenv(stallKernel) {
	case "waits last": // as GoNB for the programs of cells: until then the program is a zombie
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		_, _ = io.ReadAll(out)
		_ = cmd.Wait()
	case "waits first": // as GoNB for the go command: the program is gone
		_, _ = cmd.CombinedOutput()
	}
}

func waitForFile(t *testing.T, path string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		} else if time.Now().After(end) {
			t.Fatalf("%s is not there after a minute", path)
		}
	}
}

// inheritedPipe makes a pipe that this process leaves to all that it starts, as make's job server does.
// The returned function starts a process that reads it.
func inheritedPipe(t *testing.T) (read func(*testing.T)) {
	t.Helper()
	var ends [2]int
	if err := syscall.Pipe2(ends[:], 0); err != nil {
		t.Fatal(err)
	}
	input := os.NewFile(uintptr(ends[0]), "inherited")
	t.Cleanup(func() {
		_ = input.Close()
		_ = syscall.Close(ends[1])
	})
	return func(t *testing.T) {
		t.Helper()
		stray := exec.Command("cat")
		stray.Stdin = input
		if err := stray.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = stray.Process.Kill()
			_ = stray.Wait()
		})
	}
}

// TestStall: background processes that hold the output of an ended program are found, however the
// kernel waits; those of a running program are not, also if it has closed its own output. Processes
// that share a pipe with the kernel because both inherit it have nothing to do with the cell.
func TestStall(t *testing.T) {
	readInherited := inheritedPipe(t)
	for name, test := range map[string]struct {
		command string
		want    []string
	}{
		"ended":             {"sleep 98701 & touch ready", []string{"sleep 98701"}},
		"two":               {"sleep 98702 & sleep 98703 & touch ready", []string{"sleep 98702", "sleep 98703"}},
		"grandchild":        {"(sleep 98704 &) & touch ready", []string{"sleep 98704"}},
		"running":           {"sleep 98705 & touch ready; sleep 98706; true", nil},
		"running elsewhere": {"sleep 98707 & exec >/dev/null 2>&1 </dev/null; touch ready; sleep 98708; true", nil},
		"output elsewhere":  {"sleep 98709 >/dev/null 2>&1 & touch ready; sleep 98710; true", nil},
	} {
		for _, waits := range []string{"waits last", "waits first"} {
			t.Run(name+", "+waits, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				env := append(os.Environ(), stallKernel+"="+waits, stallCommand+"="+test.command)
				p, err := startProcess([]string{os.Args[0], "-test.run=^TestStallKernel$"}, dir, env, filepath.Join(dir, "log"), "")
				if err != nil {
					t.Fatal(err)
				}
				defer p.kill()
				before := p.before()
				if err := os.WriteFile(filepath.Join(dir, "start"), nil, 0o644); err != nil {
					t.Fatal(err)
				}
				waitForFile(t, filepath.Join(dir, "ready"))
				readInherited(t)
				var found *stall
				for range 100 {
					found = p.stall(before)
					if found != nil && slices.Equal(slices.Sorted(slices.Values(found.names)), test.want) {
						return
					}
					if found != nil && test.want == nil {
						t.Fatalf("found %q of a running program", found.names)
					}
					time.Sleep(10 * time.Millisecond)
				}
				if test.want != nil {
					t.Errorf("found %+v, expected %q", found, test.want)
				}
			})
		}
	}
}
