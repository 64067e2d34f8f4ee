package finetune

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Variables of the other process, which is this test binary with TestOtherProcess.
const (
	otherTask       = "LORABOOK_TEST_OTHER"
	otherRun        = "LORABOOK_TEST_RUN"
	otherExperiment = "LORABOOK_TEST_EXPERIMENT"
)

// goAhead is the file beside the run folder that the other process waits for.
const goAhead = "go-ahead"

// TestOtherProcess is the other process of the tests below. On its own it does nothing.
func TestOtherProcess(t *testing.T) {
	task := os.Getenv(otherTask)
	if task == "" {
		return
	}
	var e Experiment
	if err := json.Unmarshal([]byte(os.Getenv(otherExperiment)), &e); err != nil {
		t.Fatal(err)
	}
	dir := os.Getenv(otherRun)
	wait := func() {
		for range 6000 {
			if _, err := os.Stat(filepath.Join(filepath.Dir(dir), goAhead)); err == nil {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	said := false
	options := Options{Backend: toytest.Backend(t), OnHistory: func(runfolder.HistoryLine) { time.Sleep(20 * time.Millisecond) }}
	options.watch = func(work string) {
		if work == "open the model" && !said {
			said = true
			fmt.Println("ready")
			if task != "train" {
				wait()
			}
		}
	}
	r, err := Open(dir, e, options)
	if err != nil {
		t.Fatal(err)
	}
	switch task {
	case "train":
		_, err = r.Train(t.Context())
	case "baseline":
		_, err = r.Baseline(t.Context())
	case "report":
		_, err = r.Report(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
}

// otherProcess starts the other process and returns when it has begun to compute. kill ends it;
// finish waits for its own end.
func otherProcess(t *testing.T, task, dir string, e Experiment) (kill, finish func()) {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(os.Args[0], "-test.run=^TestOtherProcess$")
	child.Env = append(os.Environ(), otherTask+"="+task, otherRun+"="+dir, otherExperiment+"="+string(text))
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	ended := sync.OnceValue(child.Wait)
	kill = func() {
		_ = child.Process.Kill()
		_ = ended()
	}
	t.Cleanup(kill)
	lines := bufio.NewReader(out)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("the other process said %q, %v", line, err)
		}
		if line == "ready\n" {
			break
		}
	}
	return kill, func() {
		t.Helper()
		if err := ended(); err != nil {
			t.Errorf("the other process: %v", err)
		}
	}
}

// shownLines is a Progress that keeps its notes and the names of its tasks.
type shownLines struct {
	progress.Progress
	mu    sync.Mutex
	lines []string
	tasks []string
}

func (n *shownLines) Note(line string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.lines = append(n.lines, line)
}

func (n *shownLines) Begin(task string, total, done int) progress.Task {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.tasks = append(n.tasks, fmt.Sprintf("%s, %d", task, total))
	return n.Progress.Begin(task, total, done)
}

func (n *shownLines) have(text string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.ContainsFunc(slices.Concat(n.lines, n.tasks), func(line string) bool { return strings.Contains(line, text) })
}

func (n *shownLines) await(t *testing.T, text string) {
	t.Helper()
	for range 3000 {
		if n.have(text) {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("no note %q among %q, %q", text, n.lines, n.tasks)
}

// TestReadingBesideATraining: while another process trains, everything else of the run is read,
// and the baseline is computed.
func TestReadingBesideATraining(t *testing.T) {
	e := toy(t)
	e.Training.Epochs = 400
	dir := filepath.Join(t.TempDir(), "run")
	kill, _ := otherProcess(t, "train", dir, e)
	r := openToy(t, dir, e, Options{})
	for range 3000 {
		if lines, err := r.Folder.ReadHistory(); err != nil {
			t.Fatal(err)
		} else if len(lines) > 2 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	b, err := r.Baseline(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if labels, err := r.Labels(context.Background()); err != nil || !slices.Equal(labels, b.Metrics.ClassNames()) {
		t.Errorf("%q, %v", labels, err)
	}
	again := openToy(t, dir, e, Options{})
	if held, err := again.Baseline(context.Background()); err != nil || held.Seconds != b.Seconds {
		t.Errorf("read again: %v, %v", held, err)
	}
	if examples, err := again.Examples(context.Background()); err != nil || len(examples.Test) != e.Data.Test {
		t.Errorf("reviews: %v", err)
	}
	if lines, err := again.Folder.ReadHistory(); err != nil || len(lines) <= 2 {
		t.Errorf("history: %d lines, %v", len(lines), err)
	}
	if state, err := r.TrainingState(); err != nil || state.Done || !strings.HasPrefix(state.Holder, "process ") || !strings.HasPrefix(state.String(), "training in progress at step ") {
		t.Errorf("the state is %v, %v", state, err)
	}
	if holder := r.Folder.Holder(runfolder.TrainingFile); holder == "" {
		t.Error("the other process no longer trains: this test shows nothing")
	}
	kill()
}

// TestTheSecondWaitsAndReads: of two processes that lack a result, the second shows the first,
// waits and reads its result without opening the model.
func TestTheSecondWaitsAndReads(t *testing.T) {
	for _, task := range []string{"baseline", "report"} {
		t.Run(task, func(t *testing.T) {
			e := toy(t)
			dir := filepath.Join(t.TempDir(), "run")
			_, finish := otherProcess(t, task, dir, e)
			shown := &shownLines{Progress: progress.Nop}
			opened := false
			r := openToy(t, dir, e, Options{Progress: shown, watch: func(work string) { opened = opened || work == "open the model" }})
			outcome := make(chan error)
			go func() {
				var err error
				if task == "baseline" {
					_, err = r.Baseline(context.Background())
				} else {
					_, err = r.Report(context.Background())
				}
				outcome <- err
			}()
			shown.await(t, "is computing the "+task)
			shown.await(t, "waiting for process")
			if err := os.WriteFile(filepath.Join(filepath.Dir(dir), goAhead), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := <-outcome; err != nil {
				t.Error(err)
			}
			finish()
			if opened {
				t.Error("the second process opened the model")
			}
			if shown.have("ended before") {
				t.Errorf("the notes are %q", shown.lines)
			}
		})
	}
}

// TestTheSecondTakesOver: while one process waits for another's training, that process is
// killed. The waiting one continues and reaches the result of an undisturbed training; its
// listener gets each line of the history once.
func TestTheSecondTakesOver(t *testing.T) {
	e := toy(t)
	e.Training.Epochs = 12
	root := t.TempDir()
	whole := openToy(t, filepath.Join(root, "whole"), e, Options{})
	want, err := whole.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "run")
	kill, _ := otherProcess(t, "train", dir, e)
	shown := &shownLines{Progress: progress.Nop}
	var mu sync.Mutex
	var heard []announced
	r := openToy(t, dir, e, Options{Progress: shown, OnHistory: func(line runfolder.HistoryLine) {
		mu.Lock()
		defer mu.Unlock()
		heard = append(heard, announced{line.Kind, line.Step})
	}})
	type outcome struct {
		trained *Trained
		err     error
	}
	outcomes := make(chan outcome)
	go func() {
		trained, err := r.Train(context.Background())
		outcomes <- outcome{trained, err}
	}()
	shown.await(t, "is computing the training")
	for range 3000 {
		mu.Lock()
		n := len(heard)
		mu.Unlock()
		if n > 3 {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	kill()
	got := <-outcomes
	if got.err != nil {
		t.Fatal(got.err)
	}
	if !shown.have("ended before the training was complete: this process continues") {
		t.Errorf("the notes are %q", shown.lines)
	}
	if !shown.have(fmt.Sprintf(", %d", want.Planned)) {
		t.Errorf("no bar of %d steps among %q", want.Planned, shown.tasks)
	}
	if got.trained.Steps != want.Steps || got.trained.BestLoss != want.BestLoss {
		t.Errorf("%v, expected %v", got.trained, want)
	}
	var files [2][]byte
	for i, run := range []*Run{whole, r} {
		if files[i], err = os.ReadFile(run.Folder.Path(runfolder.AdapterDir, lora.TensorsFile)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("the adapter differs from that of an undisturbed training")
	}
	lines, err := r.Folder.ReadHistory()
	if err != nil {
		t.Fatal(err)
	}
	var all []announced
	for _, line := range lines {
		all = append(all, announced{line.Kind, line.Step})
	}
	if !slices.Equal(heard, all) {
		t.Errorf("the listener got %v, expected %v", heard, all)
	}
}

// TestWaitingStops: an interrupt ends the wait, and the error names the process.
func TestWaitingStops(t *testing.T) {
	e := toy(t)
	dir := filepath.Join(t.TempDir(), "run")
	otherProcess(t, "report", dir, e)
	shown := &shownLines{Progress: progress.Nop}
	r := openToy(t, dir, e, Options{Progress: shown})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		shown.await(t, "interrupt to stop waiting")
		cancel()
	}()
	_, err := r.Report(ctx)
	var busy *runfolder.BusyError
	if !errors.Is(err, context.Canceled) || !errors.As(err, &busy) || !strings.Contains(err.Error(), "is computing report.json") {
		t.Errorf("error is %v", err)
	}
	if !r.Folder.Has(runfolder.ExperimentFile) {
		t.Error("the experiment of the working process was withdrawn")
	}
}
