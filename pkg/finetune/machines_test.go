package finetune

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A training that is continued on another machine says so at once, in its result and in the report, whatever
// machine ends it, and also if the first one computed only the adapter's initialization.
func TestOtherMachine(t *testing.T) {
	backend, cores := testenv.GoBackend(t), runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(cores) })
	first, other := cores, cores+1
	e := toy(t)
	pissa := e
	pissa.Adapter.Init = lora.InitPiSSA
	for name, c := range map[string]struct {
		e     Experiment
		cores []int // the last one ends it, the others stop after two more steps
		warns bool
	}{
		"one":               {e, []int{first, first, first}, false},
		"another":           {e, []int{first, other}, true},
		"there and back":    {e, []int{first, other, first}, true},
		"initialization":    {pissa, []int{first, other}, true},
		"another evaluates": {e, []int{first}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			notes := &toytest.Notes{Progress: progress.Nop}
			for i, n := range c.cores {
				runtime.GOMAXPROCS(n)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				o := Options{Backend: backend, Progress: notes}
				last := i == len(c.cores)-1
				if !last {
					o.OnHistory = func(l runfolder.HistoryLine) {
						if l.Kind == runfolder.TrainLine && l.Step == 2*(i+1) {
							cancel()
						}
					}
				}
				r := openToy(t, dir, c.e, o)
				if name == "initialization" && !last {
					if err := initialize(ctx, r); err != nil {
						t.Fatal(err)
					}
				} else if _, err := r.Train(ctx); last && err != nil || !last && !errors.Is(err, ErrStopped) {
					t.Fatal(err)
				}
				if err := r.Close(); err != nil {
					t.Fatal(err)
				}
			}
			runtime.GOMAXPROCS(other)
			r := openToy(t, dir, c.e, Options{Backend: backend})
			trained, err := r.Train(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			report, err := r.Report(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("the number of cores is %q, at first %q", fmt.Sprint(other), fmt.Sprint(first))
			for where, text := range map[string]string{"the notes": strings.Join(notes.Notes, "\n"), "the result": trained.String(), "the report": report.String()} {
				if n := strings.Count(text, want); n > 1 || (n == 1) != c.warns {
					t.Errorf("%s: %q", where, text)
				}
			}
		})
	}
}

// initialize computes the adapter's initialization, and stops before the first step.
func initialize(ctx context.Context, r *Run) error {
	_, err := r.open(ctx, true)
	return err
}
