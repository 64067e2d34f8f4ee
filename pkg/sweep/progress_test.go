package sweep

import (
	"path/filepath"
	"sync"
	"testing"

	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// lastProgress keeps the last state of the task "sweep".
type lastProgress struct {
	lock        sync.Mutex
	total, done int
}

func (p *lastProgress) Begin(name string, total, done int) progress.Task {
	if name != "sweep" {
		return progress.Nop.Begin(name, total, done)
	}
	p.total, p.done = total, done
	return p
}

func (p *lastProgress) Note(string) {}
func (p *lastProgress) End()        {}

func (p *lastProgress) Update(s progress.Status) {
	p.lock.Lock()
	defer p.lock.Unlock()
	p.done = s.Done
}

// A sweep of which trials stay paused ends with all of its steps: the bar said 12 %, and a time left.
func TestProgressEnds(t *testing.T) {
	base := toy(t)
	base.Training.Epochs = 3
	p := Plan{Base: base, Method: Halving, Fields: []Field{{Name: "adapter.r", Values: []any{1, 2, 3}}}}
	o, shown := short(t, 1), &lastProgress{}
	o.Progress = shown
	r := runToy(t, t.Context(), filepath.Join(t.TempDir(), "halving"), p, o)
	if ofState(r, queue.Paused) == 0 {
		t.Fatalf("no trial is paused: %+v", r.Trials)
	}
	if shown.total != len(r.Trials) || shown.done != shown.total {
		t.Errorf("the bar ends at %d of %d, the sweep has %d trials", shown.done, shown.total, len(r.Trials))
	}
}
