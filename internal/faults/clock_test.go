package faults

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
)

// TestClockJumps: between two processes the clock jumps by decades, in both directions, so that all
// files of the run come from the future or from long ago. The run ends equal to the bit, without
// litter. Within a process lorabook's durations are those of Go's monotonic clock.
func TestClockJumps(t *testing.T) {
	testenv.NeedsTime(t, "it trains in other processes")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	e, root := variants(t)["LoRA"], t.TempDir()
	want, dir := filepath.Join(root, "whole"), filepath.Join(root, "jumped")
	cmd, out := victim(t, want, e)
	began := time.Now()
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole := time.Since(began)
	for i, year := range []int{2090, 1980, 2090, 1980} {
		cmd, out := victim(t, dir, e)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if i < 3 { // the last process ends
			timer := time.AfterFunc(whole*time.Duration(i+1)/5, func() { _ = cmd.Process.Kill() })
			if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() >= 0 {
				t.Fatalf("%v\n%s", err, out)
			}
			timer.Stop()
		} else if err := cmd.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		jumped := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			return os.Chtimes(path, jumped, jumped)
		})
		if err != nil && !os.IsNotExist(err) { // killed before the folder was made
			t.Fatal(err)
		}
	}
	same(t, want, dir)
	// The finished run is opened again.
	if cmd, out := victim(t, dir, e); cmd.Run() != nil {
		t.Fatal(out)
	}
	same(t, want, dir)
}
