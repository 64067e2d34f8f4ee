package finetune

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"time"

	"github.com/lorabook/lorabook/pkg/evaluation"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// patience is the time after which a wait for another process is shown.
const patience = 400 * time.Millisecond

// once returns the result in a JSON file of the run folder, to which predictions belong. If one of
// the files is missing or damaged, once computes the result and writes it; while another process
// computes it, once waits and returns that process's result.
func once[T any](ctx context.Context, r *Run, name, predictions, what string, compute func() (T, error)) (T, error) {
	var held T
	read := func() error {
		held = *new(T)
		if err := r.Folder.Read(name, &held); err != nil {
			return err
		}
		if err := r.checkPredictions(predictions); err != nil {
			return &incompleteError{err}
		}
		return nil
	}
	err := read()
	if err == nil || !r.again(err) {
		return held, err
	}
	unlock, err := r.lock(ctx, name, what, func() bool { return read() == nil })
	if err != nil {
		return held, err
	}
	if err = read(); err == nil || !r.again(err) {
		return held, errors.Join(err, unlock())
	}
	result, failed := compute()
	if incomplete := (*incompleteError)(nil); failed != nil && ctx.Err() == nil && errors.As(err, &incomplete) {
		// The result itself is whole. What computes it again may be gone, such as the model's folder.
		r.options.Progress.Note(fmt.Sprintf("%s%v, and it cannot be computed again: %v", progress.WarningPrefix, incomplete.Err, failed))
		return held, unlock()
	}
	if failed == nil {
		failed = r.Folder.Write(name, result)
	}
	return result, errors.Join(failed, unlock())
}

// incompleteError reports a result whose predictions are missing or damaged.
type incompleteError struct{ Err error }

func (e *incompleteError) Error() string { return e.Err.Error() }
func (e *incompleteError) Unwrap() error { return e.Err }

// checkPredictions checks a file of predictions.
func (r *Run) checkPredictions(name string) error {
	_, err := evaluation.ReadPredictions(r.Folder, name, r.Experiment.Task)
	return err
}

// again reports whether a result is computed again after the error of its reading: a file is missing
// or damaged. Progress shows the damage, once for each file.
func (r *Run) again(err error) bool {
	damaged := (*runfolder.DamagedError)(nil)
	incomplete := (*incompleteError)(nil)
	note := ""
	switch {
	case errors.As(err, &damaged):
		note = fmt.Sprintf("%s is damaged (%v): it is computed again", damaged.File, damaged.Err)
	case !errors.Is(err, fs.ErrNotExist):
		return false
	case errors.As(err, &incomplete):
		note = fmt.Sprintf("%v: it is computed again", incomplete)
	}
	if note != "" && !slices.Contains(r.mended, note) {
		r.mended = append(r.mended, note)
		r.options.Progress.Note(note)
	}
	return true
}

// lock makes this process the only one that computes a result. While another process computes
// it, Progress shows that process. made reports whether the result exists.
func (r *Run) lock(ctx context.Context, name, what string, made func() bool) (unlock func() error, err error) {
	w := &waiting{run: r, what: what, training: name == runfolder.TrainingFile, began: time.Now()}
	unlock, err = r.Folder.Lock(ctx, name, w.show)
	w.end()
	if err == nil && w.shown && !made() {
		r.options.Progress.Note(fmt.Sprintf("%s ended before %s was complete: this process continues", w.holder, what))
	}
	return unlock, err
}

// waiting shows the wait for another process.
type waiting struct {
	run      *Run
	what     string // of the result: "the baseline"
	training bool   // the history tells how far the other process is
	began    time.Time

	shown  bool
	holder string
	task   progress.Task
	total  int       // steps of the task
	looked time.Time // at the history
}

// show is called several times a second.
func (w *waiting) show(busy *runfolder.BusyError) {
	if w.holder = busy.By(); time.Since(w.began) < patience {
		return
	}
	p := w.run.options.Progress
	if !w.shown {
		w.shown = true
		p.Note(fmt.Sprintf("%s is computing %s of %s: waiting for it; interrupt to stop waiting", w.holder, w.what, w.run.Folder.Dir()))
	}
	status := progress.Status{}
	if w.training && time.Since(w.looked) > time.Second {
		w.looked = time.Now()
		status = w.follow(status)
	}
	if w.task == nil {
		w.task = p.Begin("waiting for "+w.holder, w.total, 0)
	}
	if status.Done > 0 || !w.training {
		w.task.Update(status)
	}
}

// follow announces the new lines of the history, and returns the position of the training.
func (w *waiting) follow(status progress.Status) progress.Status {
	lines, err := w.run.Folder.ReadHistory()
	if err != nil || len(lines) == 0 {
		return status // the trainer truncates it where it resumes
	}
	for _, line := range lines {
		w.run.announce(line)
	}
	last := lines[len(lines)-1]
	if last.Epoch > 0 && w.total == 0 {
		w.total = int(math.Round(float64(last.Step) / last.Epoch * float64(w.run.Experiment.Training.Epochs)))
		w.end()
	}
	return progress.Status{Done: last.Step, Loss: last.Loss, Accuracy: last.Accuracy, TokensPerSecond: last.TokensPerSecond}
}

func (w *waiting) end() {
	if w.task != nil {
		w.task.End()
		w.task = nil
	}
}

// announce calls OnHistory, once for each line: a training that continues one that this process
// has followed replays its history.
func (r *Run) announce(line runfolder.HistoryLine) {
	if r.options.OnHistory == nil {
		return
	}
	key := announced{line.Kind, line.Step}
	if r.announced == nil {
		r.announced = map[announced]bool{}
	}
	if !r.announced[key] {
		r.announced[key] = true
		r.options.OnHistory(line)
	}
}

// announced identifies a line of the history.
type announced struct {
	kind runfolder.LineKind
	step int
}
