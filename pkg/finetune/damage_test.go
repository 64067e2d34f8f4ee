package finetune

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// TestFlippedBits flips single bits, chosen by a seed, in each file that a run writes and reads.
// The same commands then fail with an error that names the file, or have the same result to the
// bit.
func TestFlippedBits(t *testing.T) {
	testenv.NeedsTime(t, "it damages every file of four runs")
	engine := testenv.GoBackend(t)
	rng := rand.New(rand.NewPCG(4, 4))
	report := func(dir string, e Experiment) (*Report, []runfolder.HistoryLine, error) { // it also merges
		r, err := Open(dir, e, Options{Backend: engine})
		if err != nil {
			return nil, nil, err
		}
		defer r.Close()
		out, err := r.Report(context.Background())
		if err != nil {
			return nil, nil, err
		}
		history, err := r.Folder.ReadHistory()
		if err != nil {
			return nil, nil, err
		}
		return out, history, classify.Merge(context.Background(), "", dir, filepath.Join(dir, "merged"), classify.MergeOptions{})
	}
	methods := map[string]func(*Experiment){
		"LoRA":  func(*Experiment) {},
		"PiSSA": func(e *Experiment) { e.Adapter.Init = lora.InitPiSSA },
		"head":  func(e *Experiment) { e.Method, e.Adapter = HeadOnly, lora.Config{} },
		"full":  func(e *Experiment) { e.Method, e.Adapter, e.Training.LearningRate = Full, lora.Config{}, 2e-3 },
	}
	for _, name := range slices.Sorted(maps.Keys(methods)) { // a fixed order, for the same bits each time
		e := toy(t)
		methods[name](&e)
		e.Training.Epochs = 1
		root := t.TempDir()
		stopped, trained := filepath.Join(root, "stopped"), filepath.Join(root, "trained")
		ctx, cancel := context.WithCancel(context.Background())
		r := openToy(t, stopped, e, Options{Backend: engine, OnHistory: func(l runfolder.HistoryLine) {
			if l.Step == 4 {
				cancel() // after the first evaluation, at step 3: a best state is saved
			}
		}})
		if _, err := r.Baseline(context.Background()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Train(ctx); !errors.Is(err, ErrStopped) {
			t.Fatal(err)
		}
		if err := errors.Join(r.Close(), os.CopyFS(trained, os.DirFS(stopped))); err != nil {
			t.Fatal(err)
		}
		r = openToy(t, trained, e, Options{Backend: engine})
		if _, err := r.Train(context.Background()); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		for _, made := range []string{stopped, trained} {
			whole := filepath.Join(t.TempDir(), "run")
			if err := os.CopyFS(whole, os.DirFS(made)); err != nil {
				t.Fatal(err)
			}
			want, history, err := report(whole, e)
			if err != nil {
				t.Fatal(err)
			}
			var files []string
			err = filepath.WalkDir(made, func(path string, entry fs.DirEntry, err error) error {
				if name := entry.Name(); entry.Type().IsRegular() && name != runfolder.LockFile && name != runfolder.StampsFile && name != runfolder.ExperimentFile {
					files = append(files, strings.TrimPrefix(path, made))
				}
				return err
			})
			if err != nil || len(files) < 5 {
				t.Fatal(files, err)
			}
			for _, file := range files {
				found := 0
				const tries = 3
				for range tries {
					dir := filepath.Join(t.TempDir(), "run")
					if err := os.CopyFS(dir, os.DirFS(made)); err != nil {
						t.Fatal(err)
					}
					content, err := os.ReadFile(dir + file)
					if err != nil {
						t.Fatal(err)
					}
					bit := rng.IntN(8 * len(content))
					content[bit/8] ^= 1 << (bit % 8)
					if err := os.WriteFile(dir+file, content, 0o644); err != nil {
						t.Fatal(err)
					}
					got, lines, err := report(dir, e)
					switch {
					case err != nil && !strings.Contains(err.Error(), filepath.Base(file)):
						t.Errorf("%s, %s: bit %d of byte %d: the error does not name the file: %v", name, file, bit%8, bit/8, err)
					case err != nil:
						found++
					case !sameOutcome(want, got) || !sameHistory(history, lines) || !sameFiles(t, whole+"/merged", dir+"/merged"):
						t.Errorf("%s, %s: bit %d of byte %d passed: %+v, expected %+v", name, file, bit%8, bit/8, got.Comparison, want.Comparison)
					}
				}
				t.Logf("%s, %s: %d of %d found", name, file, found, tries)
			}
		}
	}
}

// sameOutcome compares two reports except times and memory.
func sameOutcome(a, b *Report) bool {
	return a.Before.Loss == b.Before.Loss && a.After.Loss == b.After.Loss && a.Before.Accuracy == b.Before.Accuracy &&
		a.After.Accuracy == b.After.Accuracy && a.Comparison.Fixed == b.Comparison.Fixed && a.Comparison.Broken == b.Comparison.Broken &&
		a.Training.BestLoss == b.Training.BestLoss && a.Training.Steps == b.Training.Steps && a.Training.BestStep == b.Training.BestStep &&
		a.Training.Tokens == b.Training.Tokens
}

func sameHistory(a, b []runfolder.HistoryLine) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Kind != b[i].Kind || a[i].Step != b[i].Step || a[i].Loss != b[i].Loss || a[i].Accuracy != b[i].Accuracy || a[i].LearningRate != b[i].LearningRate {
			return false
		}
	}
	return true
}

func sameFiles(t *testing.T, a, b string) bool {
	t.Helper()
	read := func(dir string) map[string]string {
		files := map[string]string{}
		for name := range bert.Files(dir) {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			files[name] = string(content)
		}
		return files
	}
	files := read(a)
	return len(files) > 3 && maps.Equal(files, read(b))
}

// A training whose checkpoint and weights were deleted can be stopped and resumed although
// training.json belongs to the previous training.
func TestTrainingBegunAgain(t *testing.T) {
	e := toy(t)
	dir := filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
	want, err := r.Train(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Files) == 0 {
		t.Error("no digests of the adapter's files")
	}
	for _, path := range []string{r.Folder.Path(runfolder.CheckpointsDir), r.Folder.Path(runfolder.AdapterDir, lora.TensorsFile)} {
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.options.OnHistory = func(l runfolder.HistoryLine) {
		if l.Step == 5 {
			cancel()
		}
	}
	if _, err := r.Train(ctx); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
	if got, err := r.Train(context.Background()); err != nil || got.BestLoss != want.BestLoss {
		t.Errorf("%+v, %v", got, err)
	}
}

// A finished run without its checkpoints, as it is published, is found: nothing is trained again, and no file of
// the results changes. With a changed file of the weights the training is done again.
func TestFinishedWithoutCheckpoints(t *testing.T) {
	e, ctx := toy(t), context.Background()
	dir := filepath.Join(t.TempDir(), "run")
	options := Options{Backend: testenv.GoBackend(t)}
	r := openToy(t, dir, e, options)
	want, err := r.Report(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Close(), os.RemoveAll(filepath.Join(dir, runfolder.CheckpointsDir))); err != nil {
		t.Fatal(err)
	}
	published := filepath.Join(t.TempDir(), "published")
	if err := os.CopyFS(published, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	replayed := 0
	options.OnHistory = func(runfolder.HistoryLine) { replayed++ }
	r = openToy(t, dir, e, options)
	trained, err := r.Train(ctx)
	if err != nil || trained.BestLoss != want.Training.BestLoss || trained.Seconds != want.Training.Seconds || replayed == 0 {
		t.Errorf("%+v, %v, %d lines of the history, want %+v", trained, err, replayed, want.Training)
	}
	if got, err := r.Report(ctx); err != nil || got.Training.Seconds != want.Training.Seconds {
		t.Errorf("%+v, %v", got, err)
	}
	if r.Folder.Has(runfolder.CheckpointsDir) {
		t.Error("the training was done again")
	}
	for _, name := range []string{runfolder.HistoryFile, runfolder.TrainingFile, filepath.Join(runfolder.AdapterDir, lora.TensorsFile)} {
		a, errA := os.ReadFile(filepath.Join(dir, name))
		b, errB := os.ReadFile(filepath.Join(published, name))
		if errA != nil || errB != nil || string(a) != string(b) {
			t.Errorf("%s has changed (%v, %v)", name, errA, errB)
		}
	}
	if err := os.WriteFile(r.Folder.Path(runfolder.AdapterDir, lora.LabelsFile), []byte("[]"), 0o644); err != nil {
		t.Fatal(err)
	}
	if again, err := r.Train(ctx); err != nil || again.Seconds == want.Training.Seconds {
		t.Errorf("with a changed file the training was not done again: %+v, %v", again, err)
	}
}
