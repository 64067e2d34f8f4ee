package runfolder

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// joined opens a folder that several processes work on.
func joined(t *testing.T, dir string) *Folder {
	t.Helper()
	r, err := Join(dir, "try", thePlan, Environment{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// TestJoinedFoldersComputeOnce: of several that lack one result, one computes it and the
// others wait and read it. Two results are computed side by side.
func TestJoinedFoldersComputeOnce(t *testing.T) {
	dir := t.TempDir()
	var group sync.WaitGroup
	var mu sync.Mutex
	computed := map[string]int{}
	both := make(chan string, 2)
	for i := range 6 {
		name := []string{BaselineFile, TrainingFile}[i%2]
		group.Go(func() {
			r, err := Join(dir, "try", thePlan, Environment{})
			if err != nil {
				t.Error(err)
				return
			}
			unlock, err := r.Lock(context.Background(), name, nil)
			if err != nil {
				t.Error(err)
				return
			}
			got, err := Once(r, name, func() (string, error) {
				both <- name // the second of them runs while the first is not finished
				for len(both) < 2 {
					time.Sleep(time.Millisecond)
				}
				mu.Lock()
				defer mu.Unlock()
				computed[name]++
				return name, nil
			})
			if err := errors.Join(err, unlock(), r.Close()); err != nil || got != name {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	group.Wait()
	if computed[BaselineFile] != 1 || computed[TrainingFile] != 1 {
		t.Errorf("computed %v", computed)
	}
}

func TestJoinedFolderIsWrittenUnderItsLock(t *testing.T) {
	r := joined(t, t.TempDir())
	if err := r.Write(BaselineFile, 1); !errors.Is(err, ErrReadOnly) {
		t.Errorf("without a lock: %v", err)
	}
	unlock, err := r.Lock(context.Background(), BaselineFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := r.Lock(context.Background(), BaselineFile, nil); err != nil || again() != nil {
		t.Errorf("a lock within the lock: %v", err)
	}
	if err := r.Write(BaselineFile, 1); err != nil {
		t.Error(err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if err := r.Write(BaselineFile, 2); !errors.Is(err, ErrReadOnly) {
		t.Errorf("after the lock: %v", err)
	}
	reader, err := Open(filepath.Dir(r.Dir()), "try")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Lock(context.Background(), BaselineFile, nil); !errors.Is(err, ErrReadOnly) {
		t.Errorf("a reader's lock: %v", err)
	}
}

// TestWaitingEnds: a wait names the process that computes, and ends with its context.
func TestWaitingEnds(t *testing.T) {
	dir := t.TempDir()
	kill := startChild(t, "hold", dir)
	defer kill()
	r := joined(t, dir)
	if holder := r.Holder(BaselineFile); !strings.HasPrefix(holder, "process ") {
		t.Errorf("the holder is %q", holder)
	}
	if holder := r.Holder(TrainingFile); holder != "" {
		t.Errorf("the holder of the training is %q", holder)
	}
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	_, err := r.Lock(ctx, BaselineFile, func(b *BusyError) {
		if calls++; calls == 2 {
			cancel()
		}
		if b.File != BaselineFile || !strings.HasPrefix(b.Holder, "process ") {
			t.Errorf("busy: %v", b)
		}
	})
	var busy *BusyError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &busy) || !strings.Contains(err.Error(), "is computing baseline.json") {
		t.Errorf("error is %v", err)
	}
	kill()
	unlock, err := r.Lock(context.Background(), BaselineFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}

// TestJoinedFolderKeepsTheOthersWork: a failure withdraws no experiment, and sweeps nothing
// away, on which another process works.
func TestJoinedFolderKeepsTheOthersWork(t *testing.T) {
	dir := t.TempDir()
	kill := startChild(t, "hold", dir)
	defer kill()
	temporary := filepath.Join(dir, "try", ".baseline.json123")
	if err := os.WriteFile(temporary, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	r := joined(t, dir)
	if err := r.Withdraw(errors.New("misspelt")); err != nil {
		t.Fatal(err)
	}
	if !r.Has(ExperimentFile) || !r.Has(filepath.Base(temporary)) {
		t.Fatal("the work of another process is gone")
	}
	kill()
	if r = joined(t, dir); r.Has(filepath.Base(temporary)) {
		t.Error("the temporary file of a killed process is still there")
	}
	if err := r.Withdraw(errors.New("misspelt")); err != nil {
		t.Fatal(err)
	}
	if r.Has(ExperimentFile) {
		t.Error("the experiment was not withdrawn")
	}
	// Another experiment has the folder now.
	other, err := Join(dir, "try", "another", Environment{})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var changed *ChangedError
	if _, err := r.Lock(context.Background(), BaselineFile, nil); !errors.As(err, &changed) {
		t.Errorf("the lock of the withdrawn experiment: %v", err)
	}
}

// TestWithdrawnByAnother: a process whose experiment another one withdrew writes it again.
func TestWithdrawnByAnother(t *testing.T) {
	dir := t.TempDir()
	a, b := joined(t, dir), joined(t, dir)
	if err := a.Withdraw(errors.New("the model cannot be read")); err != nil || b.Has(ExperimentFile) {
		t.Fatal(err)
	}
	unlock, err := b.Lock(context.Background(), BaselineFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(b.Write(BaselineFile, 1), unlock()); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir, "try"); err != nil {
		t.Error(err)
	}
}

// TestInputsOfTwoProcesses: each keeps the digests that the other recorded, and refuses to
// compute from inputs that differ from them.
func TestInputsOfTwoProcesses(t *testing.T) {
	dir := t.TempDir()
	a, b, late := joined(t, dir), joined(t, dir), joined(t, dir)
	input := func(name string) Input {
		return Input{Name: name, What: name, Part: func(part string) string { return part }, Find: func() (string, []string, error) { return name, nil, nil }}
	}
	read := func(r *Folder, name, digest string) error {
		return r.ReadInput(input(name), input(name).LookBeforeReading(), map[string]string{"part": digest})
	}
	if err := errors.Join(read(a, "data", "1"), read(b, "model", "2")); err != nil {
		t.Fatal(err)
	}
	r, err := Open(dir, "try")
	if err != nil {
		t.Fatal(err)
	}
	if got := r.record.Inputs; got["data"]["part"] != "1" || got["model"]["part"] != "2" {
		t.Errorf("the inputs are %v", got)
	}
	// While another process computes, other data are refused; before that they replace the data
	// that were recorded, and the process that has read those may not compute from them.
	unlock, err := a.Lock(context.Background(), TrainingFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	var changed *ChangedError
	if err := read(late, "data", "3"); !errors.As(err, &changed) {
		t.Errorf("other data than those that a process computes from: %v", err)
	}
	if err := errors.Join(unlock(), read(late, "data", "3")); err != nil {
		t.Fatal(err)
	}
	if _, err = a.Lock(context.Background(), TrainingFile, nil); !errors.As(err, &changed) {
		t.Errorf("computing from data that another process has replaced: %v", err)
	}
}
