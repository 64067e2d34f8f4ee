package pretrain

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A flipped bit in the state of a stopped pre-training is reported or repaired, and never affects
// the result. The teacher's states of an earlier version, which have no checksums, are used
// without verification.
func TestFlippedBitsInPretraining(t *testing.T) {
	testenv.NeedsTime(t, "it damages every file of a run")
	engine, p := testenv.GoBackend(t), distillationPretraining(t)
	p.Stages = []Stage{{Steps: 4, Rows: 8, Length: 10}}
	rng := rand.New(rand.NewPCG(6, 6))
	stopped := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	if _, err := Run(ctx, stopped, p, Options{Backend: engine, OnHistory: func(l runfolder.HistoryLine) {
		if l.Kind == runfolder.TrainLine && l.Step == 2 {
			cancel()
		}
	}}); !errors.Is(err, trainer.ErrStopped) {
		t.Fatal(err)
	}
	resume := func(change func(dir string)) (pretrained, []string, error) {
		dir := filepath.Join(t.TempDir(), "run")
		if err := os.CopyFS(dir, os.DirFS(stopped)); err != nil {
			t.Fatal(err)
		}
		change(dir)
		progress := &toytest.Notes{Progress: progress.Nop}
		if _, err := Run(context.Background(), dir, p, Options{Backend: engine, Progress: progress}); err != nil {
			return pretrained{}, progress.Notes, err
		}
		return readPretrained(t, dir), progress.Notes, nil
	}
	want, _, err := resume(func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	same := cmp.AllowUnexported(pretrained{})
	for _, file := range []string{runfolder.CheckpointsDir + "/" + trainer.CheckpointFile, runfolder.TeacherStatesFile, runfolder.TeacherStatesFile + runfolder.TeacherSumsEnding, runfolder.HistoryFile} {
		for range 5 {
			bit := 0
			got, notes, err := resume(func(dir string) {
				content, err := os.ReadFile(filepath.Join(dir, file))
				if err != nil {
					t.Fatal(err)
				}
				bit = rng.IntN(8 * len(content))
				content[bit/8] ^= 1 << (bit % 8)
				if err := os.WriteFile(filepath.Join(dir, file), content, 0o644); err != nil {
					t.Fatal(err)
				}
			})
			said := strings.Contains(strings.Join(notes, "\n"), runfolder.TeacherStatesFile+" was damaged")
			switch teachers := strings.HasPrefix(file, runfolder.TeacherStatesFile); {
			case err != nil && (teachers || !strings.Contains(err.Error(), filepath.Base(file))):
				t.Errorf("%s: bit %d of byte %d: %v", file, bit%8, bit/8, err)
			case err == nil && !cmp.Equal(want, got, same):
				t.Errorf("%s: bit %d of byte %d changed the result: %s", file, bit%8, bit/8, cmp.Diff(want.result, got.result))
			case teachers && !said:
				t.Errorf("%s: bit %d of byte %d: the notes are %q", file, bit%8, bit/8, notes)
			}
		}
	}
	got, notes, err := resume(func(dir string) {
		if err := os.Remove(filepath.Join(dir, runfolder.TeacherStatesFile+runfolder.TeacherSumsEnding)); err != nil {
			t.Fatal(err)
		}
	})
	if err != nil || !cmp.Equal(want, got, same) || !strings.Contains(strings.Join(notes, "\n"), "without checksums") {
		t.Errorf("without checksums: %v, %q", err, notes)
	}
}
