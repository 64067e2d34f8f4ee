package finetune

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// inputChanges are changes of a toy experiment's inputs. None changes a path or a time, and only
// one changes a size.
var inputChanges = map[string]struct {
	change func(*testing.T, Experiment)
	fields []string
	says   string
}{
	"a training text": {func(t *testing.T, e Experiment) {
		toytest.ReplaceIn(t, filepath.Join(e.Data.Source, "train.jsonl"), " k ", " c ")
	}, []string{"inputs.data.train"}, "training half"},
	"a test text": {func(t *testing.T, e Experiment) {
		toytest.ReplaceIn(t, filepath.Join(e.Data.Source, "test.jsonl"), " k ", " c ")
	}, []string{"inputs.data.test"}, "test half"},
	"a label": {func(t *testing.T, e Experiment) {
		toytest.ReplaceIn(t, filepath.Join(e.Data.Source, "train.jsonl"), `"label":"bad",`, `"label":"good"`+",") // a byte more
	}, []string{"inputs.data.train"}, "labels"},
	"an id": {func(t *testing.T, e Experiment) {
		toytest.ReplaceIn(t, filepath.Join(e.Data.Source, "test.jsonl"), `"id":"test7"`, `"id":"tesT7"`)
	}, []string{"inputs.data.test"}, "ids"},
	"weights": {func(t *testing.T, e Experiment) { toytest.FlipLast(t, filepath.Join(e.Model, "model.safetensors")) },
		[]string{"inputs.model.model.safetensors"}, "the weights (model.safetensors)"},
	"configuration": {func(t *testing.T, e Experiment) {
		toytest.ReplaceIn(t, filepath.Join(e.Model, "config.json"), `"hidden_act": "gelu"`, `"hidden_act": "relu"`)
	}, []string{"inputs.model.config.json"}, "the configuration (config.json)"},
	"tokenizer": {func(t *testing.T, e Experiment) {
		toytest.ReplaceIn(t, filepath.Join(e.Model, "vocab.txt"), "\nb\nc\n", "\nc\nb\n")
	}, []string{"inputs.model.vocab.txt"}, "the tokenizer (vocab.txt)"},
	"an additional tokenizer file": {func(t *testing.T, e Experiment) {
		if err := os.WriteFile(filepath.Join(e.Model, "added_tokens.json"), []byte("{}"), 0o644); err != nil {
			t.Fatal(err)
		}
	}, []string{"inputs.model.added_tokens.json"}, "the tokenizer (added_tokens.json)"},
}

// A finished run, a stopped run, and a run without its report are refused if their data or model
// have changed at the same path.
func TestChangedInputs(t *testing.T) {
	engine := testenv.GoBackend(t)
	stages := map[string]func(*testing.T, *Run){
		"finished": func(t *testing.T, r *Run) {
			if _, err := r.Report(context.Background()); err != nil {
				t.Fatal(err)
			}
		},
		"stopped": func(t *testing.T, r *Run) {
			ctx, cancel := context.WithCancel(context.Background())
			r.options.OnHistory = func(l runfolder.HistoryLine) {
				if l.Step == 5 {
					cancel()
				}
			}
			if _, err := r.Train(ctx); !errors.Is(err, ErrStopped) {
				t.Fatal(err)
			}
		},
		"without its report": func(t *testing.T, r *Run) {
			if _, err := r.Baseline(context.Background()); err != nil {
				t.Fatal(err)
			}
			if _, err := r.Train(context.Background()); err != nil {
				t.Fatal(err)
			}
		},
	}
	for stage, compute := range stages {
		first := toy(t)
		first.Training.Epochs = 1
		made := filepath.Join(t.TempDir(), "run")
		r := openToy(t, made, first, Options{Backend: engine})
		compute(t, r)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		for name, c := range inputChanges {
			t.Run(stage+"/"+name, func(t *testing.T) {
				// The original inputs at the same paths, and their run.
				dir := filepath.Join(t.TempDir(), "run")
				for _, copy := range [][2]string{{dir, made}, {first.Model + "-kept", first.Model}, {first.Data.Source + "-kept", first.Data.Source}} {
					if err := os.CopyFS(copy[0], os.DirFS(copy[1])); err != nil {
						t.Fatal(err)
					}
				}
				defer func() {
					for _, path := range []string{first.Model, first.Data.Source} {
						if err := errors.Join(os.RemoveAll(path), os.Rename(path+"-kept", path)); err != nil {
							t.Fatal(err)
						}
					}
				}()
				unchanged := openToy(t, dir, first, Options{Backend: engine})
				if err := unchanged.Close(); err != nil {
					t.Fatal(err)
				}
				c.change(t, first)
				_, err := Open(dir, first, Options{Backend: engine})
				toytest.WantChanged(t, err, c.fields, c.says)
			})
		}
	}
}

// An open run detects a change when it reads the model again.
func TestInputChangedWhileOpen(t *testing.T) {
	e := toy(t)
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Baseline(context.Background()); err != nil {
		t.Fatal(err)
	}
	toytest.FlipLast(t, filepath.Join(e.Model, "model.safetensors"))
	_, err := r.Train(context.Background())
	toytest.WantChanged(t, err, []string{"inputs.model.model.safetensors"})
	if r.Folder.Has(runfolder.CheckpointsDir) || r.Folder.Has(runfolder.AdapterDir) {
		t.Error("it trained")
	}
}

// The digests cover the content of the data, not the files.
func TestSameReviewsInAnotherContainer(t *testing.T) {
	for _, ids := range []bool{true, false} {
		e := toy(t)
		e.Training.Epochs = 1
		for _, half := range []string{"train", "test"} {
			eachLine(t, filepath.Join(e.Data.Source, half+".jsonl"), func(line map[string]string) {
				if !ids {
					delete(line, "id")
				}
			})
		}
		dir := filepath.Join(t.TempDir(), "run")
		r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
		want, err := r.Report(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		for _, half := range []string{"train", "test"} {
			csv := "label,text,id\n"
			if !ids {
				csv = "label,text\n"
			}
			path := filepath.Join(e.Data.Source, half+".jsonl")
			eachLine(t, path, func(line map[string]string) {
				csv += line["label"] + "," + line["text"]
				if ids {
					csv += "," + line["id"]
				}
				csv += "\r\n"
			})
			if err := errors.Join(os.Remove(path), os.WriteFile(filepath.Join(e.Data.Source, half+".csv"), []byte(csv), 0o644)); err != nil {
				t.Fatal(err)
			}
		}
		again := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
		got, err := again.Report(context.Background())
		if err != nil || !cmp.Equal(want.After, got.After) {
			t.Errorf("with ids %v: %v, %v", ids, got, err)
		}
	}
}

// eachLine changes each line of a JSON Lines file of strings.
func eachLine(t *testing.T, path string, change func(map[string]string)) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for line := range strings.Lines(string(text)) {
		var v map[string]string
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatal(err)
		}
		change(v)
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestUnchangedInputsAreNotReadAgain: the files have the same sizes, times and inodes.
func TestUnchangedInputsAreNotReadAgain(t *testing.T) {
	e := toy(t)
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Baseline(context.Background()); err != nil {
		t.Fatal(err)
	}
	read := map[string]int{}
	verify := func() {
		t.Helper()
		inputs := r.Experiment.inputs(false)
		for i, in := range inputs {
			inputs[i].Digests = func(ctx context.Context) (map[string]string, error) {
				read[in.Name]++
				return in.Digests(ctx)
			}
		}
		if err := r.Folder.VerifyInputs(context.Background(), inputs, func(text string) { t.Error(text) }); err != nil {
			t.Fatal(err)
		}
	}
	verify() // recently written files are read once more
	time.Sleep(2100 * time.Millisecond)
	verify()
	before := cmp.Diff(map[string]int{}, read)
	for range 3 {
		verify()
	}
	if after := cmp.Diff(map[string]int{}, read); after != before || read["data"] == 0 || read["model"] == 0 {
		t.Errorf("read %v", read)
	}
	if err := os.Remove(r.Folder.Path(runfolder.StampsFile)); err != nil {
		t.Fatal(err)
	}
	verify() // the stamps only save time
}

// A finished run opens without its inputs, and a note says that they are not compared.
func TestInputsThatAreGone(t *testing.T) {
	e := toy(t)
	e.Training.Epochs = 1
	dir := filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Report(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Close(), os.RemoveAll(e.Model), os.RemoveAll(e.Data.Source)); err != nil {
		t.Fatal(err)
	}
	progress := &toytest.Notes{Progress: progress.Nop}
	r = openToy(t, dir, e, Options{Backend: testenv.GoBackend(t), Progress: progress})
	if _, err := r.Report(context.Background()); err != nil {
		t.Error(err)
	}
	for i, text := range []string{"data " + e.Data.Source, "model " + e.Model} {
		if len(progress.Notes) != 2 || !strings.Contains(progress.Notes[i], text+" is not on this machine") {
			t.Errorf("the notes are %q", progress.Notes)
		}
	}
}

// Merge refuses trained weights on a changed model.
func TestMergeOnAChangedModel(t *testing.T) {
	e := toy(t)
	e.Training.Epochs = 1
	dir := filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Train(context.Background()); err != nil {
		t.Fatal(err)
	}
	merge := func(model, out string) error {
		return classify.Merge(context.Background(), model, dir, filepath.Join(t.TempDir(), out), classify.MergeOptions{})
	}
	if err := merge("", "a"); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(disturbed(t, e.Model, "embeddings.word_embeddings.weight"), "model.safetensors")
	if err := os.Rename(other, filepath.Join(e.Model, "model.safetensors")); err != nil {
		t.Fatal(err)
	}
	toytest.WantChanged(t, merge("", "b"), []string{"inputs.model.model.safetensors"})
	toytest.WantChanged(t, merge(e.Model, "c"), []string{"inputs.model.model.safetensors"})
	if err := merge(copied(t, e.Model), "d"); err != nil {
		t.Errorf("with another model in the call: %v", err)
	}
}

// Run folders of the previous version, without digests, open. The digests of their inputs are
// recorded with one note, and compared from then on.
func TestFoldersOfBeforeDigests(t *testing.T) {
	for _, stage := range []string{"finished", "stopped"} {
		dir := filepath.Join(t.TempDir(), stage)
		if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", "runs", stage))); err != nil {
			t.Fatal(err)
		}
		old, err := runfolder.Open(filepath.Dir(dir), stage)
		if err != nil {
			t.Fatal(err)
		}
		var e Experiment
		if err := old.Experiment(&e); err != nil {
			t.Fatal(err)
		}
		if inputs, late := recordedInputs(t, dir); inputs != nil || late {
			t.Fatalf("the fixture has digests: %v", inputs)
		}
		progress := &toytest.Notes{Progress: progress.Nop}
		r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t), Progress: progress})
		if len(progress.Notes) != 1 || !strings.Contains(progress.Notes[0], "without digests") {
			t.Errorf("%s: the notes are %q", stage, progress.Notes)
		}
		report, err := r.Report(context.Background())
		if err != nil {
			t.Fatalf("%s: %v", stage, err)
		}
		if report.Training.Steps != 8 || report.Before.Accuracy != 4./9 {
			t.Errorf("%s: %+v", stage, report)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		progress.Notes = nil
		openToy(t, dir, e, Options{Backend: testenv.GoBackend(t), Progress: progress})
		if inputs, late := recordedInputs(t, dir); !late || len(inputs) != 2 || slices.ContainsFunc(progress.Notes, func(n string) bool { return strings.Contains(n, "without digests") }) {
			t.Errorf("%s: late %v, inputs %v, notes %q", stage, late, inputs, progress.Notes)
		}
	}
}

// The unpacked files of a .zip of Google's are compared.
func TestZippedModel(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	e := toy(t)
	e.Model = filepath.Join(t.TempDir(), "uncased_L-2_H-16_A-4.zip")
	file, err := os.Create(e.Model)
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(file)
	if err := errors.Join(w.AddFS(os.DirFS("../bert/testdata/google/uncased_L-2_H-16_A-4")), w.Close(), file.Close()); err != nil {
		t.Fatal(err)
	}
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{Backend: testenv.GoBackend(t)})
	if _, err := r.Baseline(context.Background()); err != nil {
		t.Fatal(err)
	}
	dir, err := bert.Resolve(context.Background(), e.Model, bert.ResolveOptions{})
	if err != nil {
		t.Fatal(err)
	}
	vocab := filepath.Join(dir, "vocab.txt")
	text, err := os.ReadFile(vocab)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(vocab, 0o644), os.WriteFile(vocab, append(text, "zz\n"...), 0o644)); err != nil {
		t.Fatal(err)
	}
	_, err = r.Train(context.Background())
	toytest.WantChanged(t, err, []string{"inputs.model.vocab.txt"})
}

// recordedInputs reads the digests in a run folder's experiment.json, and whether they were
// recorded late.
func recordedInputs(t *testing.T, dir string) (inputs map[string]map[string]string, late bool) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(dir, runfolder.ExperimentFile))
	if err != nil {
		t.Fatal(err)
	}
	var record struct {
		Inputs map[string]map[string]string `json:"inputs"`
		Late   bool                         `json:"inputs_recorded_late"`
	}
	if err := json.Unmarshal(content, &record); err != nil {
		t.Fatal(err)
	}
	return record.Inputs, record.Late
}
