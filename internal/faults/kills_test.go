package faults

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
)

var (
	kills = flag.Int("kills", 20, "SIGKILLs of TestKills, over all methods and precisions")
	seed  = flag.Uint64("seed", 1, "seed of the moments")
)

// TestKills kills trainings of every method and precision at random moments, until each variant has
// had its share of the kills. The next process continues in the same run folder. A run that ends
// by itself must have the files of an undisturbed run: weights, checkpoint, predictions equal to the
// bit, the same history, and no other file.
func TestKills(t *testing.T) {
	testenv.NeedsTime(t, "it trains in other processes")
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	all := variants(t)
	moments := rand.New(rand.NewPCG(*seed, 0))
	share := max(1, *kills/len(all))
	killed, ended := 0, 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		t.Run(name, func(t *testing.T) {
			e, root := all[name], t.TempDir()
			want := filepath.Join(root, "whole")
			cmd, out := victim(t, want, e)
			began := time.Now()
			if err := cmd.Run(); err != nil {
				t.Fatalf("the undisturbed run: %v\n%s", err, out)
			}
			whole := time.Since(began)
			dir := filepath.Join(root, "killed")
			for left := share; ; {
				cmd, out := victim(t, dir, e)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if left > 0 {
					timer := time.AfterFunc(time.Duration(moments.Float64()*float64(whole)), func() { _ = cmd.Process.Kill() })
					err := cmd.Wait()
					timer.Stop()
					if err != nil && cmd.ProcessState.ExitCode() >= 0 {
						t.Fatalf("it was not killed: %v\n%s", err, out)
					}
					if err != nil {
						killed++
						left--
						report(killed, ended, name)
						continue
					}
				} else if err := cmd.Wait(); err != nil {
					t.Fatalf("the last process: %v\n%s", err, out)
				}
				same(t, want, dir)
				ended++
				report(killed, ended, name)
				if left == 0 {
					break
				}
				if err := os.RemoveAll(dir); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	t.Logf("%d kills, %d runs came to their end and were compared, %d variants, seed %d", killed, ended, len(all), *seed)
}

// report prints the counts at once, with go test -v: a long run may be ended before its summary.
func report(killed, ended int, name string) {
	if testing.Verbose() {
		fmt.Printf("%d kills, %d runs compared, at %s\n", killed, ended, name)
	}
}
