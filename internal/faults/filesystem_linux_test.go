package faults

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
)

// inFileSystem prepares a script of a shell that has a file system of its own in memory (tmpfs) at
// the folder $0, of $1 bytes and $2 inodes. No other process sees it, and it ends with the shell. It
// skips the test, with the reason, where the system does not permit that.
func inFileSystem(t *testing.T, script, at string, bytes, inodes int, arguments ...string) *exec.Cmd {
	t.Helper()
	if err := os.MkdirAll(at, 0o755); err != nil {
		t.Fatal(err)
	}
	const mount = `mount -t tmpfs -o size="$1",nr_inodes="$2",mode=755 tmpfs "$0" || exit 77; `
	shell := func(script string, arguments ...string) *exec.Cmd {
		return exec.Command("unshare", append([]string{"--map-root-user", "--mount", "sh", "-c", mount + script, at, fmt.Sprint(bytes), fmt.Sprint(inodes)}, arguments...)...)
	}
	if out, err := shell(`mount -o remount,size=1m,ro "$0"`).CombinedOutput(); err != nil {
		t.Skipf("SKIPPED: this system permits no file system of its own to a process (unshare --map-root-user --mount): %v %s", err, out)
	}
	return shell(script, arguments...)
}

// sizes returns the bytes of a folder's files in whole pages, and the number of its entries.
func sizes(t *testing.T, dir string) (bytes, entries int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		entries++
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			page := os.Getpagesize()
			bytes += (int(info.Size()) + page - 1) / page * page
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return bytes, entries
}

// TestFileSystemIsFull: a training in a file system without enough blocks or inodes fails with an
// error that states the cause and a file of the run. With more of them, the next process ends equal
// to the bit.
func TestFileSystemIsFull(t *testing.T) {
	testenv.NeedsTime(t, "it trains in other processes")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	e, root := variants(t)["LoRA"], t.TempDir()
	want := filepath.Join(root, "whole")
	if cmd, out := victim(t, want, e); cmd.Run() != nil {
		t.Fatal(out)
	}
	bytes, entries := sizes(t, want)
	const enough = 64 << 20
	for _, tenths := range []int{1, 4, 7, 9} {
		for name, limit := range map[string][2]int{
			"blocks": {max(bytes*tenths/10, os.Getpagesize()), 10_000},
			"inodes": {enough, max(entries*tenths/10, 2)}, // the root folder is one, 0 means no limit
		} {
			t.Run(fmt.Sprintf("%d tenths of the %s", tenths, name), func(t *testing.T) {
				at, kept := filepath.Join(root, "full"), filepath.Join(t.TempDir(), "run")
				process, out := victim(t, filepath.Join(at, "run"), e)
				// The status of the first process decides; its output ends with a line of the shell's.
				cmd := inFileSystem(t, `kept="$3"; shift 3
					if "$@"; then echo "it did not fail"; exit 1; fi; echo ----
					mount -o remount,size=64m,nr_inodes=10000 "$0" && "$@" && cp -R "$0/run" "$kept"`,
					at, limit[0], limit[1], append([]string{kept}, process.Args...)...)
				cmd.Env, cmd.Stdout, cmd.Stderr = process.Env, out, out
				err := cmd.Run()
				first, _, _ := strings.Cut(out.String(), "----")
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				if !strings.Contains(first, syscall.ENOSPC.Error()) || !strings.Contains(first, at) {
					t.Errorf("the error does not state the cause and the file: %s", first)
				}
				same(t, want, kept)
			})
		}
	}
}

// TestReadOnlyFileSystem: a training in a read-only folder fails with an error that states the cause
// and a file. A run that is finished there, too, leaves the folder as it was.
func TestReadOnlyFileSystem(t *testing.T) {
	testenv.NeedsTime(t, "it trains in other processes")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	e, root := variants(t)["LoRA"], t.TempDir()
	for name, before := range map[string]string{"new": ":", "finished": `"$@"`} {
		t.Run(name, func(t *testing.T) {
			at := filepath.Join(root, "read-only")
			process, out := victim(t, filepath.Join(at, "run"), e)
			cmd := inFileSystem(t, `shift 2
				`+before+` && mount -o remount,ro "$0" && echo ---- && "$@"`, at, 64<<20, 10_000, process.Args...)
			cmd.Env, cmd.Stdout, cmd.Stderr = process.Env, out, out
			err := cmd.Run()
			_, last, ok := strings.Cut(out.String(), "----")
			if !ok {
				t.Fatalf("%v\n%s", err, out)
			}
			if err == nil && name == "finished" {
				return // it needs to write nothing
			}
			if !errors.As(err, new(*exec.ExitError)) || !strings.Contains(last, syscall.EROFS.Error()) || !strings.Contains(last, at) {
				t.Errorf("the error does not state the cause and the file: %v\n%s", err, last)
			}
		})
	}
}
