package pretrain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	engines "github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// stopper ends a context when a task begins for the k-th time.
type stopper struct {
	progress.Progress
	task  string
	after int
	stop  context.CancelFunc
}

func (s *stopper) Begin(task string, total, done int) progress.Task {
	if task == s.task {
		if s.after--; s.after == 0 {
			s.stop()
		}
	}
	return s.Progress.Begin(task, total, done)
}

// pretrained is the content that two equal finished folders have in common.
type pretrained struct {
	result     Result
	model      map[string]string
	checkpoint map[string]string
	history    []runfolder.HistoryLine
}

func readPretrained(t *testing.T, dir string) (p pretrained) {
	t.Helper()
	r, err := runfolder.Open(filepath.Dir(dir), filepath.Base(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Read(runfolder.PretrainedFile, &p.result); err != nil {
		t.Fatal(err)
	}
	p.result.Seconds = 0
	if p.history, err = r.ReadHistory(); err != nil {
		t.Fatal(err)
	}
	for i := range p.history {
		p.history[i].TokensPerSecond, p.history[i].Elapsed = 0, 0
	}
	p.model = toytest.TensorsOf(t, r.Path(runfolder.ModelDir, "model.safetensors"))
	p.checkpoint = toytest.TensorsOf(t, r.Path(runfolder.CheckpointsDir, trainer.CheckpointFile))
	return p
}

// TestPretrainResumesExactly stops a pre-training between steps and during evaluations, kills it
// at the worst moments, and resumes it each time. Model, moments, random state, history and
// metrics must equal those of an uninterrupted run, across the stages.
func TestPretrainResumesExactly(t *testing.T) {
	p, engine, root := toyPretraining(t), testenv.GoBackend(t), t.TempDir()
	whole, broken := filepath.Join(root, "whole"), filepath.Join(root, "broken")
	if _, err := Run(context.Background(), whole, p, Options{Backend: engine}); err != nil {
		t.Fatal(err)
	}
	want := readPretrained(t, whole)

	// interrupted stops at the history line of the step or, if measurement is not 0, at the
	// beginning of that evaluation of the process, which belongs to the step.
	interrupted := func(step, measurement int) {
		t.Helper()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		_, err := Run(ctx, broken, p, Options{Backend: engine,
			Progress: &stopper{progress.Nop, "held-out texts", measurement, cancel},
			OnHistory: func(l runfolder.HistoryLine) {
				if measurement == 0 && l.Kind == runfolder.TrainLine && l.Step == step {
					cancel()
				}
			}})
		if !errors.Is(err, trainer.ErrStopped) || !errors.Is(err, context.Canceled) {
			t.Fatalf("the error of a stopped pre-training is %v", err)
		}
		if want := fmt.Sprintf("at step %d of 29", step); !strings.Contains(err.Error(), want) {
			t.Fatalf("stopped %v, expected %s", err, want)
		}
	}
	// killed leaves the files of a process that died after it wrote a history line which no
	// checkpoint contains.
	killed := func(line runfolder.HistoryLine) {
		t.Helper()
		folder, err := runfolder.Create(root, "broken", p.WithDefaults(), runfolder.Environment{})
		if err != nil {
			t.Fatal(err)
		}
		var at pretrainPosition
		if err := trainer.ReadPosition(folder, &at); err != nil {
			t.Fatal(err)
		}
		line.Step += at.Step
		h, err := folder.OpenHistory()
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(h.Append(line), h.Close(), folder.Close()); err != nil {
			t.Fatal(err)
		}
	}

	interrupted(0, 1) // evaluating the initial model
	killed(runfolder.HistoryLine{Kind: runfolder.EvalLine, Loss: 9})
	interrupted(3, 0)
	if err := os.RemoveAll(filepath.Join(broken, runfolder.CheckpointsDir)); err != nil {
		t.Fatal(err) // as if killed before the first checkpoint
	}
	interrupted(5, 2)
	killed(runfolder.HistoryLine{Kind: runfolder.EvalLine, Loss: 9})
	interrupted(5, 1)
	interrupted(9, 0)
	killed(runfolder.HistoryLine{Kind: runfolder.TrainLine, Step: 1, Loss: 9})
	interrupted(15, 0) // its evaluation is due
	killed(runfolder.HistoryLine{Kind: runfolder.EvalLine, Loss: 9})
	interrupted(17, 0) // between the stages
	interrupted(20, 1)
	interrupted(25, 2)
	interrupted(29, 2)
	killed(runfolder.HistoryLine{Kind: runfolder.EvalLine, Loss: 9})
	if _, err := Run(context.Background(), broken, p, Options{Backend: engine}); err != nil {
		t.Fatal(err)
	}
	compare := func() {
		t.Helper()
		got := readPretrained(t, broken)
		if !reflect.DeepEqual(got.result, want.result) {
			t.Errorf("resumed %+v\nuninterrupted %+v", got.result, want.result)
		}
		if diff := cmp.Diff(want.history, got.history); diff != "" {
			t.Errorf("the history differs: %s", diff)
		}
		toytest.SameTensors(t, "the model", want.model, got.model)
		toytest.SameTensors(t, "the checkpoint", want.checkpoint, got.checkpoint)
	}
	compare()

	// Killed after the model was written and before the result.
	if err := os.Remove(filepath.Join(broken, runfolder.PretrainedFile)); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(context.Background(), broken, p, Options{Backend: engine}); err != nil {
		t.Fatal(err)
	}
	compare()

	// A finished run returns the content of the folder, even if the model and the texts are missing.
	for _, gone := range append([]string{p.Model}, p.Texts...) {
		if err := os.RemoveAll(gone); err != nil {
			t.Fatal(err)
		}
	}
	lines := 0
	again, err := Run(context.Background(), broken, p, Options{Backend: engine, OnHistory: func(runfolder.HistoryLine) { lines++ }})
	if err != nil {
		t.Fatal(err)
	}
	if again.Seconds = 0; !reflect.DeepEqual(*again, want.result) || lines != len(want.history) {
		t.Errorf("the folder returned %+v and %d lines", again, lines)
	}
}

// A training whose checkpoint an earlier version wrote, without rules, keeps the held-out texts and
// masks with which it began; a new one writes the current rules.
func TestRulesOfCheckpoints(t *testing.T) {
	p, engine, root := toyPretraining(t), testenv.GoBackend(t), t.TempDir()
	p.Stages = []Stage{{Steps: 6, Rows: 8, Length: 10}}
	for name, want := range map[string]rules{"now": currentRules, "earlier": firstRules} {
		dir := filepath.Join(root, name)
		ctx, cancel := context.WithCancel(context.Background())
		_, err := Run(ctx, dir, p, Options{Backend: engine, OnHistory: func(l runfolder.HistoryLine) {
			if l.Step == 3 {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, trainer.ErrStopped) {
			t.Fatal(err)
		}
		changeCheckpoint(t, dir, nil, func(position string) string {
			if !strings.Contains(position, `,"rules":1`) {
				t.Fatalf("the position is %s", position)
			}
			if name == "earlier" {
				position = strings.Replace(position, `,"rules":1`, "", 1)
			}
			return position
		})
		run, err := runfolder.Create(root, name, p.WithDefaults(), runfolder.Environment{})
		if err != nil {
			t.Fatal(err)
		}
		resumed, err := newPretrainer(context.Background(), p.WithDefaults(), run, &engines.Engine{Backend: engine}, Options{Progress: progress.Nop})
		if err != nil {
			t.Fatal(err)
		}
		if resumed.at.Step != 3 || resumed.at.Rules != want || resumed.rows.rules != want {
			t.Errorf("%s: resumed at step %d with rules %d and %d, expected %d", name, resumed.at.Step, resumed.at.Rules, resumed.rows.rules, want)
		}
		resumed.close()
		if err := run.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
