package finetune

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/sampling"
	"github.com/lorabook/lorabook/pkg/splits"
)

// recordedSplits reads splits.json.
func recordedSplits(t *testing.T, dir string) (s splits.Record) {
	t.Helper()
	folder, err := runfolder.Open(filepath.Dir(dir), filepath.Base(dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Read(runfolder.SplitsFile, &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// The run folder of a version that drew several labels at random, and did not record it, opens and
// resumes with its examples. The same experiment in a new folder is stratified.
func TestFolderWithRandomDraw(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "random_draw")
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "draws", "random"))); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, runfolder.SplitsFile)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	recorded := recordedSplits(t, dir)
	if recorded.Draw != "" {
		t.Fatalf("the fixture has the draw %q", recorded.Draw)
	}
	old, err := runfolder.Open(filepath.Dir(dir), "random_draw")
	if err != nil {
		t.Fatal(err)
	}
	var e Experiment
	if err := old.Experiment(&e); err != nil {
		t.Fatal(err)
	}
	check := func(dir string) {
		t.Helper()
		examples, err := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)}).Examples(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for name, pair := range map[string][2][]string{
			"test": {recorded.Test.IDs, idsOf(examples.Test)}, "validation": {recorded.Validation.IDs, idsOf(examples.Validation)}, "train": {recorded.Train.IDs, idsOf(examples.Train)},
		} {
			if !slices.Equal(pair[0], pair[1]) {
				t.Errorf("%s has %q, recorded are %q", name, pair[1], pair[0])
			}
		}
		mustSay(t, examples.Notes, "drawn at random, not stratified")
	}
	check(dir)
	report, err := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)}).Report(ctx)
	if err != nil || report.Training.Steps != 8 {
		t.Fatalf("%+v, %v", report, err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
		t.Errorf("splits.json was changed, %v", err)
	}
	check(dir)
	// A version before splits.json drew at random as well. The default number of tests is one here,
	// which only splits.json tells from the user's number.
	e.Data.Test = 0
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	check(dir)

	fresh := filepath.Join(t.TempDir(), "fresh")
	examples, err := openToy(t, fresh, e, Options{Backend: testenv.GoBackend(t)}).Examples(ctx)
	if err != nil || examples.Draw != sampling.DrawLabels || slices.Equal(idsOf(examples.Train), recorded.Train.IDs) {
		t.Errorf("a new folder has the draw %q, %v", examples.Draw, err)
	}
}

// A training that was stopped before any result has recorded its draw.
func TestStoppedTrainingKeepsDraw(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	ctx, cancel := context.WithCancel(context.Background())
	e := taskToy(t, data.MultiLabel)
	e.Training.Epochs = 1
	r := openToy(t, dir, e, Options{OnHistory: func(runfolder.HistoryLine) { cancel() }})
	if _, err := r.Train(ctx); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	recorded := recordedSplits(t, dir)
	if recorded.Draw != sampling.DrawLabels {
		t.Errorf("the draw %q is recorded", recorded.Draw)
	}
	r = openToy(t, dir, e, Options{})
	if _, err := r.Train(context.Background()); err != nil {
		t.Fatal(err)
	}
	examples, err := r.Examples(context.Background())
	if err != nil || !slices.Equal(idsOf(examples.Train), recorded.Train.IDs) || examples.Draw != sampling.DrawLabels {
		t.Errorf("the draw is %q, %v", examples.Draw, err)
	}
}
