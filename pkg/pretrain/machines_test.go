package pretrain

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
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A pre-training that is continued on another machine says so at once and in its result, whatever machine ends it
// and also if it was stopped before its first step, after the teacher's states.
func TestOtherMachine(t *testing.T) {
	backend, cores := testenv.GoBackend(t), runtime.GOMAXPROCS(0)
	t.Cleanup(func() { runtime.GOMAXPROCS(cores) })
	first, other := cores, cores+1
	p := toyPretraining(t)
	p.Stages = []Stage{{Steps: 8, Rows: 8, Length: 10}}
	taught := p
	taught.Teacher = &Teacher{Model: toyTeacher(t)}
	for name, c := range map[string]struct {
		p     Pretraining
		cores []int // the last one ends it, the others stop after two more steps
		warns bool
	}{
		"one":            {p, []int{first, first, first}, false},
		"another":        {p, []int{first, other}, true},
		"there and back": {p, []int{first, other, first}, true},
		"teacher":        {taught, []int{first, other}, true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			notes := &toytest.Notes{Progress: progress.Nop}
			var result *Result
			for i, n := range c.cores {
				runtime.GOMAXPROCS(n)
				last := i == len(c.cores)-1
				ctx, cancel := context.WithCancel(t.Context())
				o := Options{Backend: backend, Progress: notes}
				if !last {
					o.OnHistory = func(l runfolder.HistoryLine) {
						if l.Kind == runfolder.TrainLine && l.Step == 2*(i+1) {
							cancel()
						}
					}
				}
				if name == "teacher" && !last {
					o.OnHistory = nil
					o.Progress = &stopper{notes, "held-out texts", 1, cancel} // after the states, before the first step
				}
				var err error
				result, err = Run(ctx, dir, c.p, o)
				cancel()
				if last && err != nil || !last && !errors.Is(err, ErrStopped) {
					t.Fatal(err)
				}
			}
			again, err := Run(t.Context(), dir, c.p, Options{Backend: backend})
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("the number of cores is %q, at first %q", fmt.Sprint(other), fmt.Sprint(first))
			for where, text := range map[string]string{"the notes": strings.Join(notes.Notes, "\n"), "the result": strings.Join(result.Warnings(), "\n"), "the folder": again.String()} {
				if strings.Contains(text, want) != c.warns {
					t.Errorf("%s: %q", where, text)
				}
			}
		})
	}
}
