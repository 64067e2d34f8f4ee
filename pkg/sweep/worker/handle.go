package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/internal/natsretry"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// settleTime bounds the last messages of a worker whose context has ended.
const settleTime = 2 * time.Minute

// handle does the work of one message. An error ends the worker; the errors of trials are in
// their records.
func (w *worker) handle(ctx context.Context, message jetstream.Msg) error {
	meta, err := message.Metadata()
	if err != nil {
		return err
	}
	var task queue.Task
	if err := decode(message.Data(), &task); err != nil || task.Format != queue.Format || task.Trial == "" {
		if err == nil {
			err = fmt.Errorf("format %d and trial %q, expected format %d and the key of a trial", task.Format, task.Trial, queue.Format)
		}
		return w.poisoned(ctx, message, meta.Sequence.Stream, err)
	}
	record, claimed, err := w.claim(ctx, task, meta.Sequence.Stream)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return w.poisoned(ctx, message, meta.Sequence.Stream, fmt.Errorf("trial %s is not in the sweep", task.Trial))
	}
	if err != nil {
		return err
	}
	if !claimed {
		return acknowledge(ctx, message)
	}
	a := &attempt{worker: w, record: record, message: message, sequence: meta.Sequence.Stream}
	stopBeating := a.beat(ctx)
	outcome, err := a.safely(ctx)
	stopBeating()
	return a.settle(ctx, outcome, a.ofMachine(err))
}

// decode reads JSON without unknown fields.
func decode(text []byte, v any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(v)
}

// poisoned takes a message that cannot be read out of the queue.
func (w *worker) poisoned(ctx context.Context, message jetstream.Msg, sequence uint64, reason error) error {
	if err := w.queue.RecordPoison(ctx, queue.Poison{Message: sequence, Worker: w.Name, Error: reason.Error()}); err != nil {
		return err
	}
	w.Progress.Note(fmt.Sprintf("worker %s: message %d cannot be read and was taken out of the queue: %v", w.Name, sequence, reason))
	return message.Term()
}

// acknowledge takes a message out of the queue. If the server does not answer, the message comes
// again, and its record says that it is done.
func acknowledge(ctx context.Context, message jetstream.Msg) error {
	natsretry.Acknowledge(ctx, message)
	return nil
}

// claim makes this worker the one that trains the trial. claimed is false for a message that has
// no work: one that was delivered again after its result was written, or a second message for the
// same work.
func (w *worker) claim(ctx context.Context, task queue.Task, sequence uint64) (_ *queue.Record, claimed bool, err error) {
	record, err := w.queue.Change(ctx, task.Trial, func(r *queue.Record) bool {
		claimed = false
		switch {
		case r.State != queue.Waiting && r.State != queue.Running, r.Epochs != task.Epochs:
			return false
		case r.State == queue.Running && r.Message != sequence:
			return false // a worker has the other message, which comes again if that worker ends
		case r.State == queue.Running:
			r.Abandoned++
		}
		if r.Abandoned >= queue.MostAbandoned {
			r.State = queue.Parked
			r.Failures = append(r.Failures, fmt.Sprintf("%d workers ended without a word while they trained it, the last one %s: is their memory too small?", r.Abandoned, r.Worker))
			return true
		}
		claimed = true
		r.State, r.Message, r.Worker = queue.Running, sequence, w.Name
		r.Attempts++
		return true
	})
	return record, claimed, err
}

// attempt is the work of one worker on one trial.
type attempt struct {
	*worker
	record   *queue.Record
	message  jetstream.Msg
	sequence uint64
	step     stepCounter
	resumed  bool
}

// outcome is what an attempt has computed.
type outcome struct {
	rung   *queue.Rung   // of a training that pauses
	result *queue.Result // of a training that ended
}

// errStopped is the error of an attempt whose worker ends.
var errStopped = errors.New("the worker ends")

// safely is train, with a panic as an error.
func (a *attempt) safely(ctx context.Context) (o outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return a.train(ctx)
}

// mine reports whether the trial is still that of this attempt.
func (a *attempt) mine(r *queue.Record) bool {
	return r.State == queue.Running && r.Message == a.sequence && r.Attempts == a.record.Attempts
}

// settle writes the outcome of the attempt into the record, and takes the message out of the
// queue or gives it back. An error that concerns this worker, and not the trial, ends it.
func (a *attempt) settle(ctx context.Context, o outcome, failure error) error {
	// The end of ctx must not lose what was computed.
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	var refusal *InputsError
	var program *ProgramError
	var machine *MachineError
	switch {
	case errors.Is(failure, natsconn.ErrGone):
		return failure
	case errors.Is(failure, errStopped), errors.Is(failure, natsconn.ErrFull),
		errors.As(failure, &refusal), errors.As(failure, &program), errors.As(failure, &machine):
		_, err := a.queue.Change(settling, a.record.Key, func(r *queue.Record) bool {
			if !a.mine(r) {
				return false
			}
			r.State = queue.Waiting
			r.Attempts, r.Message = a.record.Attempts, 0
			return true
		})
		err = errors.Join(err, a.message.Nak())
		if errors.Is(failure, errStopped) && err == nil {
			return context.Cause(ctx)
		}
		return errors.Join(failure, err)
	case failure != nil:
		return a.fail(settling, failure)
	case o.rung != nil:
		return a.paused(settling, *o.rung)
	}
	return a.done(settling, o.result)
}

// fail counts a failure. After [queue.MostFailures] the trial is parked.
func (a *attempt) fail(ctx context.Context, failure error) error {
	parked := false
	if _, err := a.queue.Change(ctx, a.record.Key, func(r *queue.Record) bool {
		parked = false
		if !a.mine(r) {
			return false
		}
		r.Failures = append(r.Failures, shortened(failure.Error()))
		r.State, r.Message = queue.Waiting, 0
		if parked = len(r.Failures) >= queue.MostFailures; parked {
			r.State = queue.Parked
		}
		return true
	}); err != nil {
		return err
	}
	text := failure.Error()
	if slices.Contains(a.record.Failures, shortened(text)) {
		text = "the error of an earlier attempt"
	}
	a.Progress.Note(fmt.Sprintf("worker %s: trial %d failed in attempt %d: %s", a.Name, a.record.Number, a.record.Attempts, text))
	if parked {
		return acknowledge(ctx, a.message)
	}
	return a.message.Nak()
}

// shortened cuts a text, such as that of a panic, to what a record has room for.
func shortened(text string) string {
	const most = 8000
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// paused writes the value of a rung.
func (a *attempt) paused(ctx context.Context, rung queue.Rung) error {
	if _, err := a.queue.Change(ctx, a.record.Key, func(r *queue.Record) bool {
		if r.State != queue.Running || r.Epochs != rung.Epochs {
			return false
		}
		r.State, r.Message = queue.Paused, 0
		r.Rungs = append(r.Rungs, rung)
		return true
	}); err != nil {
		return err
	}
	a.Progress.Note(fmt.Sprintf("trial %d: paused after %d epochs, validation loss %.4f", a.record.Number, rung.Epochs, rung.Loss))
	return acknowledge(ctx, a.message)
}

// done writes the result. Of two results for a trial the first counts; if the second differs, the
// record says so.
func (a *attempt) done(ctx context.Context, result *queue.Result) error {
	if _, err := a.queue.Change(ctx, a.record.Key, func(r *queue.Record) bool {
		if r.Result != nil {
			if r.Result.Same(result) || r.Disagrees != "" {
				return false
			}
			r.Disagrees = fmt.Sprintf("worker %s computed another result than worker %s: loss %v at step %d, expected %v at step %d", a.Name, r.Worker, result.Loss, result.BestStep, r.Result.Loss, r.Result.BestStep)
			return true
		}
		r.State, r.Result, r.Message, r.Worker = queue.Done, result, 0, a.Name
		if a.resumed {
			r.Resumed++
		}
		return true
	}); err != nil {
		return err
	}
	switch {
	case result.Diverged != "":
		a.Progress.Note(fmt.Sprintf("trial %d: %s", a.record.Number, result.Diverged))
	default:
		a.Progress.Note(fmt.Sprintf("trial %d: done, validation loss %.4f at step %d of %d", a.record.Number, result.Loss, result.BestStep, result.Steps))
	}
	if err := a.queue.DeleteFolder(ctx, queue.CheckpointObject(a.record.Key)); err != nil && !errors.Is(err, natsconn.ErrGone) {
		return err
	}
	return acknowledge(ctx, a.message)
}

// experiment reads the experiment of the record. An experiment with another key has other defaults
// in this version, and one that cannot be read has fields that this version does not know: a *ProgramError.
func (a *attempt) experiment() (finetune.Experiment, error) {
	var e finetune.Experiment
	if err := decode(a.record.Experiment, &e); err != nil {
		return e, &ProgramError{a.manifest.Sweep, fmt.Errorf("it cannot read the experiment of trial %d: %w", a.record.Number, err)}
	}
	key, err := queue.Key(e)
	if err == nil && key != a.record.Key {
		err = &ProgramError{a.manifest.Sweep, fmt.Errorf("the experiment of trial %d has the digest %s there, the sweep's is %s: they have other defaults", a.record.Number, key, a.record.Key)}
	}
	return e, err
}
