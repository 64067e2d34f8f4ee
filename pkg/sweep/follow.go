package sweep

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"time"

	"github.com/lorabook/lorabook/internal/digest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// follower follows a sweep until its end.
type follower struct {
	*sweeper
	task    progress.Task
	workers map[string]time.Time // time of the last sign, on this machine
	told    map[string]bool      // what was noted
	got     map[string]bool      // trials whose folders are here
	status  Status
	parked  failures
	shown   uint64 // sum of the revisions of the records that OnTrials has seen
}

// follow gets the folders of finished trials and continues paused ones until no trial is left.
func (s *sweeper) follow(ctx context.Context, conn *natsconn.Conn) error {
	f := &follower{sweeper: s, workers: map[string]time.Time{}, told: map[string]bool{}, got: map[string]bool{}}
	f.task = s.options.Progress.Begin("sweep", len(s.trials), f.count(queue.Done))
	defer f.task.End()
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	events, err := s.queue.Watch(watching)
	if err != nil {
		return err
	}
	// Records are also read from time to time: a watcher can miss changes while a server of a
	// cluster is away.
	ticker := time.NewTicker(min(5*time.Second, s.options.Lease))
	defer ticker.Stop()
	emptied := 0
	for {
		ended, err := f.step(ctx)
		if ended || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-conn.Lost():
			return conn.LostError()
		case event, open := <-events:
			if !open {
				events = nil
				continue
			}
			f.see(event)
		case <-ticker.C:
			if err := f.refresh(ctx); err != nil {
				return err
			}
			if emptied, err = f.refill(ctx, emptied); err != nil {
				return err
			}
		}
	}
}

// see takes note of a change.
func (f *follower) see(event queue.Event) {
	switch {
	case event.Trial != nil:
		f.update(event.Trial)
	case event.Worker != nil:
		h := event.Worker
		if h.Error != "" {
			delete(f.workers, h.Worker)
			f.note("worker "+h.Worker+h.Error, fmt.Sprintf("%sworker %s ended: %s", progress.WarningPrefix, h.Worker, h.Error))
		} else if time.Since(h.Time) < 2*f.options.Lease || f.workers[h.Worker] != (time.Time{}) {
			f.workers[h.Worker] = time.Now()
		}
	case event.Poison != nil:
		p := event.Poison
		f.note(fmt.Sprint("poison ", p.Message), fmt.Sprintf("%smessage %d of the queue cannot be read and was taken out: %s", progress.WarningPrefix, p.Message, p.Error))
	}
}

// update keeps the record of a trial.
func (f *follower) update(r *queue.Record) {
	for i, t := range f.trials {
		if t.key == r.Key && r.Revision > f.records[i].Revision { // events can be late
			f.records[i] = r
		}
	}
}

// note shows a line once.
func (f *follower) note(key, line string) {
	if !f.told[key] {
		f.told[key] = true
		f.options.Progress.Note(line)
	}
}

func (f *follower) refresh(ctx context.Context) error {
	for _, t := range f.trials {
		r, _, err := f.queue.Trial(ctx, t.key)
		if err != nil {
			return err
		}
		f.update(r)
	}
	return nil
}

// refill sends messages again if the queue is empty although trials wait or run: a message can be
// lost with the disk of a server, or it was taken out because it could not be read. It does so at
// the second call in sequence that finds this.
func (f *follower) refill(ctx context.Context, emptied int) (int, error) {
	n, err := f.queue.Messages(ctx)
	if err != nil || n > 0 {
		return 0, err
	}
	var lost []planned
	for i, r := range f.records {
		if r.State == queue.Waiting || r.State == queue.Running {
			lost = append(lost, f.trials[i])
		}
	}
	if len(lost) == 0 {
		return 0, nil
	}
	if emptied++; emptied < 2 {
		return emptied, nil
	}
	for _, t := range lost {
		r, err := f.queue.Change(ctx, t.key, func(r *queue.Record) bool {
			if r.State != queue.Waiting && r.State != queue.Running {
				return false
			}
			r.State, r.Message = queue.Waiting, 0
			return true
		})
		if err != nil {
			return 0, err
		}
		if r.State == queue.Waiting {
			if err := f.queue.Publish(ctx, queue.Task{Trial: t.key, Epochs: r.Epochs}); err != nil {
				return 0, err
			}
		}
	}
	return 0, nil
}

// step does what the records ask for. ended reports that no trial is left.
func (f *follower) step(ctx context.Context) (ended bool, err error) {
	for i, r := range f.records {
		switch r.State {
		case queue.Done:
			if err := f.fetch(ctx, f.trials[i], r); err != nil {
				return false, err
			}
		case queue.Parked:
			if key := "parked " + r.Key; !f.told[key] {
				f.note(key, fmt.Sprintf("%strial %d (%s) is parked after %d attempts: %s", progress.WarningPrefix, r.Number, settingsText(f.trials[i].settings), r.Attempts, f.parked.tell(r.Number, r.Failures[len(r.Failures)-1])))
			}
		}
		if r.Disagrees != "" {
			f.note("disagrees "+r.Key, progress.WarningPrefix+"trial "+fmt.Sprint(r.Number)+": "+r.Disagrees+": do their processors differ?")
		}
	}
	promoted, err := f.promote(ctx)
	if err != nil {
		return false, err
	}
	f.report()
	if err := f.reportTrials(ctx); err != nil {
		return false, err
	}
	if promoted > 0 {
		return false, nil
	}
	return f.count(queue.Waiting)+f.count(queue.Running) == 0, nil
}

// fetch gets the run folder of a finished trial.
func (f *follower) fetch(ctx context.Context, t planned, r *queue.Record) error {
	if f.got[r.Key] {
		return nil
	}
	dir := f.trialDir(t)
	if _, err := os.Stat(dir); r.Result.Diverged == "" && errors.Is(err, fs.ErrNotExist) {
		if err := f.queue.GetFolder(ctx, queue.ResultObject(r.Key), dir); err != nil {
			return fmt.Errorf("trial %d: %w", r.Number, err)
		}
	}
	for file, want := range maps.All(r.Result.Weights) {
		found, err := digest.File(dir + "/" + file)
		if err == nil && found != want {
			err = fmt.Errorf("its digest is %s, expected %s: delete the folder, and the same command gets it again", found, want)
		}
		if err != nil {
			return fmt.Errorf("trial %d: %s: %w", r.Number, dir+"/"+file, err)
		}
	}
	f.got[r.Key] = true
	return nil
}

// promote continues paused trials.
func (f *follower) promote(ctx context.Context) (n int, err error) {
	if !f.plan.halves() {
		return 0, nil
	}
	var list []contestant
	var indices []int
	most := 0
	for i, t := range f.trials {
		if t.number == 0 {
			continue
		}
		most = max(most, len(t.rungs)+1)
		list, indices = append(list, contestantOf(f.records[i], t.rungs)), append(indices, i)
	}
	better := func(rung, i, j int) bool {
		return f.better(rungValue(f.records[indices[i]], rung), rungValue(f.records[indices[j]], rung))
	}
	for _, c := range promote(list, most, f.plan.Factor, f.plan.Method == ASHA, better) {
		i := indices[c]
		rungs, next := f.trials[i].rungs, 0
		if list[c].level < len(rungs) {
			next = rungs[list[c].level]
		}
		changed := false
		r, err := f.queue.Change(ctx, f.trials[i].key, func(r *queue.Record) bool {
			changed = r.State == queue.Paused && r.Epochs != next
			if changed {
				r.State, r.Epochs = queue.Waiting, next
			}
			return changed
		})
		if err != nil {
			return n, err
		}
		f.records[i] = r
		if changed {
			n++
			if err := f.queue.Publish(ctx, queue.Task{Trial: r.Key, Epochs: next}); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

// contestantOf returns a trial's place in the halving.
func contestantOf(r *queue.Record, rungs []int) contestant {
	c := contestant{reached: len(r.Rungs), level: len(rungs) + 1}
	for i, epochs := range rungs {
		if r.Epochs == epochs {
			c.level = i + 1
		}
	}
	switch r.State {
	case queue.Done:
		c.ended = true
		if r.Result.Diverged == "" {
			c.reached = len(rungs) + 1
		}
	case queue.Parked:
		c.ended = true
	}
	return c
}

// rungValue returns the value of a trial at a rung, from 0; after an early end, its result.
func rungValue(r *queue.Record, rung int) *trainer.Result {
	if rung < len(r.Rungs) {
		v := r.Rungs[rung]
		return &trainer.Result{Loss: v.Loss, Accuracy: v.Accuracy, Metrics: v.Metrics}
	}
	return resultValue(r)
}

// resultValue returns the value of a finished trial; nil if it has none.
func resultValue(r *queue.Record) *trainer.Result {
	if r.Result == nil || r.Result.Diverged != "" {
		return nil
	}
	return &trainer.Result{Loss: r.Result.Loss, Accuracy: r.Result.Accuracy, Metrics: r.Result.Metrics}
}

// better reports whether a is better than b by the criterion of the default.
func (s *sweeper) better(a, b *trainer.Result) bool {
	if a == nil || b == nil {
		return a != nil
	}
	by := s.plan.Base.Training.MetricForBestModel
	if by == "last" || by == "loss" {
		by = "" // the state after the last step has a loss as well
	}
	return by.Better(*a, *b)
}

// reportTrials shows the trials, if one has changed.
func (f *follower) reportTrials(ctx context.Context) error {
	if f.options.OnTrials == nil {
		return nil
	}
	var now uint64 // a revision only grows
	for _, r := range f.records {
		now += r.Revision
	}
	if now == f.shown {
		return nil
	}
	f.shown = now
	list := make([]Trial, len(f.trials))
	for i := range f.trials {
		var err error
		if list[i], err = f.trial(ctx, i); err != nil {
			return err
		}
	}
	return f.options.OnTrials(list)
}

func (f *follower) count(state queue.State) (n int) {
	for _, r := range f.records {
		if r.State == state {
			n++
		}
	}
	return n
}

// report shows the present state, if it has changed.
func (f *follower) report() {
	now := Status{
		Waiting: f.count(queue.Waiting), Running: f.count(queue.Running), Done: f.count(queue.Done), Paused: f.count(queue.Paused), Parked: f.count(queue.Parked),
	}
	for _, seen := range f.workers {
		if time.Since(seen) < 2*f.options.Lease {
			now.Workers++
		}
	}
	var best *trainer.Result
	for i, r := range f.records {
		if value := resultValue(r); f.better(value, best) {
			best = value
			now.Best, now.Loss = settingsText(f.trials[i].settings), value.Loss
		}
	}
	if now == f.status {
		return
	}
	if now.Done != f.status.Done || now.Parked != f.status.Parked || now.Paused > f.status.Paused {
		f.options.Progress.Note("sweep: " + now.String())
	}
	f.status = now
	ended := now.Done + now.Parked
	if now.Waiting+now.Running == 0 { // those that are paused stay so
		ended += now.Paused
	}
	f.task.Update(progress.Status{Done: ended, Loss: now.Loss})
	if f.options.OnStatus != nil {
		f.options.OnStatus(now)
	}
}
