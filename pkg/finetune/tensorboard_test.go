package finetune

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// With Options.TensorBoard a run folder has an event file with each step of the history once,
// although the training was stopped and resumed; the result is that of a run without the file.
// The option writes the file of a finished run as well.
func TestTensorBoard(t *testing.T) {
	e := toy(t)
	e.Training.Epochs = 2
	root := t.TempDir()
	plain := openToy(t, filepath.Join(root, "plain"), e, Options{})
	if _, err := plain.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(plain.Folder.Path(runfolder.EventFiles)); len(files) != 0 {
		t.Errorf("without the option the run has %q", files)
	}
	dir := filepath.Join(root, "events")
	ctx, cancel := context.WithCancel(t.Context())
	r := openToy(t, dir, e, Options{TensorBoard: true, OnHistory: func(l runfolder.HistoryLine) {
		if l.Step == 5 {
			cancel()
		}
	}})
	if _, err := r.Train(ctx); !errors.Is(err, ErrStopped) {
		t.Fatalf("error is %v", err)
	}
	checkEvents(t, r, 5)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = openToy(t, dir, e, Options{TensorBoard: true})
	if _, err := r.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkEvents(t, r, 12)
	file := filepath.Join(runfolder.AdapterDir, "adapter_model.safetensors")
	toytest.SameTensors(t, "with and without events", toytest.TensorsOf(t, r.Folder.Path(file)), toytest.TensorsOf(t, plain.Folder.Path(file)))

	// A run that is finished already.
	if err := plain.Close(); err != nil {
		t.Fatal(err)
	}
	plain = openToy(t, filepath.Join(root, "plain"), e, Options{TensorBoard: true})
	checkEvents(t, plain, 12)
}

// checkEvents compares the training losses in the event file with the history.
func checkEvents(t *testing.T, r *Run, steps int) {
	t.Helper()
	lines, err := r.Folder.ReadHistory()
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, l := range lines {
		if l.Kind == runfolder.TrainLine {
			want = append(want, fmt.Sprint("train/loss ", l.Step, " ", float32(l.Loss)))
		}
	}
	for _, line := range toytest.Events(t, r.Folder.Dir()) {
		if strings.HasPrefix(line, "train/loss ") {
			got = append(got, line)
		}
	}
	if len(got) != steps || !slices.Equal(got, want) {
		t.Errorf("events %q, expected the %d steps %q", got, steps, want)
	}
}

// An experiment that fails before its first result leaves a folder that another experiment can
// use, even if an earlier process, which was killed, left an event file.
func TestEventFileDoesNotBlock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	e := toy(t)
	r := openToy(t, dir, e, Options{TensorBoard: true})
	events := r.Folder.Path("events.out.tfevents.0000000001.host.lorabook")
	if err := os.WriteFile(events, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := r.Folder.Withdraw(errors.New("misspelt")); err != nil {
		t.Fatal(err)
	}
	if !r.Folder.IsWithdrawn() || r.Folder.Has(filepath.Base(events)) {
		t.Errorf("withdrawn %v, event file %v", r.Folder.IsWithdrawn(), r.Folder.Has(filepath.Base(events)))
	}
}
