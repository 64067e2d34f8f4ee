package sweep

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
)

// TestGridEqualsSingleRuns trains a grid with two workers and an embedded server.
func TestGridEqualsSingleRuns(t *testing.T) {
	p := Plan{Base: toy(t), Fields: []Field{{Name: "training.learning_rate", Values: []any{0.02, 0.005}}, {Name: "adapter.r", Values: []any{2, 4}}}}
	dir := filepath.Join(t.TempDir(), "grid")
	o := short(t, 2)
	var last Status
	o.OnStatus = func(s Status) { last = s }
	notes := &toytest.Notes{}
	o.Progress = notesOnly{notes}
	r := runToy(t, t.Context(), dir, p, o)
	if n := wantAlone(t, o.Backend, dir, p, r); n != 4 { // the default is a point of the grid
		t.Errorf("%d trials finished, expected 4", n)
	}
	if last.Done != 4 || last.Waiting+last.Running+last.Parked != 0 || last.Best == "" {
		t.Errorf("the last status is %+v", last)
	}
	for i := range r.Trials[1:] {
		if r.Trials[i].Result.Loss > r.Trials[i+1].Result.Loss {
			t.Errorf("the trials are not in the order of their losses: %v before %v", r.Trials[i].Result.Loss, r.Trials[i+1].Result.Loss)
		}
	}
	text := r.String()
	for _, want := range []string{"accuracy, 95 % interval", "as the best of 4 they are optimistic", "corrected for the number of comparisons, 3 (Holm)"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	if best := r.Best(); best.Number != 0 {
		if r.Test == nil || !strings.Contains(text, "looked at once") {
			t.Errorf("no comparison on the test examples:\n%s", text)
		}
	}
	for _, x := range r.Trials {
		if (x.Number == 0) != (x.AdjustedP == nil) || x.AdjustedP != nil && (*x.AdjustedP < *x.PValue || *x.AdjustedP > 1) {
			t.Errorf("trial %d: p %v, adjusted %v", x.Number, x.PValue, x.AdjustedP)
		}
		folder, err := runfolder.Open(filepath.Split(filepath.Join(dir, x.Dir)))
		if err != nil {
			t.Fatal(err)
		}
		if test := folder.Has(runfolder.ReportFile); test != (r.Test != nil && (x.Number == 0 || x.Number == r.Best().Number)) {
			t.Errorf("trial %d: report %v; the test examples are for the best trial and the default alone", x.Number, test)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, ServerDir)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the server's folder remains: %v", err)
	}
	// A finished sweep is read, not computed; another plan is refused.
	if err := os.RemoveAll(filepath.Join(dir, TrialsDir)); err != nil {
		t.Fatal(err)
	}
	if again := runToy(t, t.Context(), dir, p, o); again.String() != text {
		t.Errorf("the folder returns another result:\n%s", again)
	}
	p.Fields[1].Values = []any{2, 8}
	_, err := Run(t.Context(), dir, p, o)
	var changed *runfolder.ChangedError
	if !errors.As(err, &changed) {
		t.Errorf("another plan in the same folder: %v", err)
	}
}

// TestStopAndContinue stops a sweep after its first trial and continues it in the same folder.
func TestStopAndContinue(t *testing.T) {
	p := Plan{Base: toy(t), Fields: []Field{{Name: "adapter.r", Values: []any{1, 2, 3}}}}
	dir := filepath.Join(t.TempDir(), "stopped")
	o := short(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.OnStatus = func(s Status) {
		if s.Done == 1 {
			cancel()
		}
	}
	_, err := Run(ctx, dir, p, o)
	if !errors.Is(err, ErrStopped) || !errors.Is(err, context.Canceled) {
		t.Fatalf("the error of a stopped sweep is %v", err)
	}
	first, err := filepath.Glob(filepath.Join(dir, TrialsDir, "*", adapterFile))
	if err != nil || len(first) == 0 {
		t.Fatalf("%q, %v", first, err)
	}
	before, err := os.Stat(first[0])
	if err != nil {
		t.Fatal(err)
	}
	o.OnStatus = nil
	r := runToy(t, t.Context(), dir, p, o)
	if n := wantAlone(t, o.Backend, dir, p, r); n != 4 {
		t.Errorf("%d trials finished, expected 4", n)
	}
	after, err := os.Stat(first[0])
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the finished trial was computed again: %v", err)
	}
}

// TestStopBeforeTheResult stops a sweep after its last trial, before its result is written: the
// trials are not trained again.
func TestStopBeforeTheResult(t *testing.T) {
	p := Plan{Base: toy(t), Fields: []Field{{Name: "adapter.r", Values: []any{2}}}}
	dir := filepath.Join(t.TempDir(), "late")
	o := short(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	o.OnStatus = func(s Status) {
		if s.Done == 2 {
			cancel()
		}
	}
	if _, err := Run(ctx, dir, p, o); !errors.Is(err, ErrStopped) {
		t.Fatalf("the error of a stopped sweep is %v", err)
	}
	o.OnStatus, o.Workers = nil, -1 // no worker is needed
	r := runToy(t, t.Context(), dir, p, o)
	if ofState(r, queue.Done) != 2 || r.Trials[0].Attempts != 1 || r.Trials[1].Attempts != 1 {
		t.Errorf("%+v", r.Trials)
	}
}

// TestHalving trains by successive halving, with one worker and with three: the same trials are
// continued, and those that end are equal to uninterrupted trainings.
func TestHalving(t *testing.T) {
	base := toy(t)
	base.Training.Epochs = 4
	p := Plan{Base: base, Method: Halving, Factor: 2, Trials: 4, Seed: 7, Fields: []Field{
		{Name: "training.learning_rate", Low: 1e-4, High: 3e-2, Log: true}, {Name: "adapter.r", Low: 1, High: 4}}}
	var finished []string
	for _, workers := range []int{1, 3} {
		dir := filepath.Join(t.TempDir(), "halving")
		o := short(t, workers)
		r := runToy(t, t.Context(), dir, p, o)
		// Of 4 points 2 reach the second epoch's end and one trains to the end, beside the default.
		if done, paused := ofState(r, queue.Done), ofState(r, queue.Paused); done != 2 || paused != 3 {
			t.Fatalf("%d trials are done and %d paused, expected 2 and 3\n%s", done, paused, r)
		}
		wantAlone(t, o.Backend, dir, p, r)
		names := ""
		for _, x := range r.Trials {
			names += x.Name() + " " + x.outcome() + "\n"
		}
		if finished = append(finished, names); names != finished[0] {
			t.Errorf("with %d workers other trials were continued:\n%s\nexpected\n%s", workers, names, finished[0])
		}
	}
}

// TestASHA trains by asynchronous successive halving: which trials are continued depends on their
// order, but each is equal to its training alone, and one in Factor is continued.
func TestASHA(t *testing.T) {
	base := toy(t)
	base.Training.Epochs = 2
	p := Plan{Base: base, Method: ASHA, Factor: 2, Fields: []Field{{Name: "training.learning_rate", Values: []any{0.001, 0.003, 0.01, 0.03}}}}
	dir := filepath.Join(t.TempDir(), "asha")
	o := short(t, 2)
	r := runToy(t, t.Context(), dir, p, o)
	if n := wantAlone(t, o.Backend, dir, p, r); n < 3 { // 2 of 4, and the default
		t.Errorf("%d trials finished, expected at least 3\n%s", n, r)
	}
	if ofState(r, queue.Paused) == 0 {
		t.Errorf("all trials were trained to the end\n%s", r)
	}
}
