package pretrain

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// Changed texts, models and teachers of a pre-training are a *ChangedError. Inputs that are
// restored are accepted again.
func TestChangedPretrainingInputs(t *testing.T) {
	engine := testenv.GoBackend(t)
	p := toyPretraining(t)
	p.Teacher = &Teacher{Model: toyTeacher(t)}
	p.Stages = []Stage{{Steps: 6, Rows: 8, Length: 10}}
	made := map[string]string{}
	for _, stage := range []string{"finished", "stopped"} {
		made[stage] = filepath.Join(t.TempDir(), "run")
		ctx, cancel := context.WithCancel(context.Background())
		_, err := Run(ctx, made[stage], p, Options{Backend: engine, OnHistory: func(l runfolder.HistoryLine) {
			if stage == "stopped" && l.Step == 3 {
				cancel()
			}
		}})
		cancel()
		if err != nil && !(stage == "stopped" && errors.Is(err, trainer.ErrStopped)) {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		change func(t *testing.T)
		path   string // of the changed input
		fields []string
		says   string
	}{
		"texts": {func(t *testing.T) { toytest.ReplaceIn(t, p.Texts[0], `"text":"`, `"text":"b `) }, p.Texts[0],
			[]string{"inputs.texts[0].texts"}, "the texts of texts"},
		"model": {func(t *testing.T) { toytest.FlipLast(t, filepath.Join(p.Model, "model.safetensors")) }, p.Model,
			[]string{"inputs.model.model.safetensors"}, "of model"},
		"teacher's weights": {func(t *testing.T) { toytest.FlipLast(t, filepath.Join(p.Teacher.Model, "model.safetensors")) }, p.Teacher.Model,
			[]string{"inputs.teacher.model.safetensors"}, "of teacher"},
		"teacher's tokenizer": {func(t *testing.T) {
			toytest.ReplaceIn(t, filepath.Join(p.Teacher.Model, "vocab.txt"), "[MASK]\n", "[MASK]\n[unused0]\n")
		}, p.Teacher.Model, []string{"inputs.teacher.vocab.txt"}, "the tokenizer (vocab.txt) of teacher"},
	} {
		for stage, run := range made {
			t.Run(stage+"/"+name, func(t *testing.T) {
				dir, kept := filepath.Join(t.TempDir(), "run"), filepath.Join(t.TempDir(), "kept")
				if err := os.CopyFS(dir, os.DirFS(run)); err != nil {
					t.Fatal(err)
				}
				info, err := os.Stat(c.path)
				if err != nil {
					t.Fatal(err)
				}
				if info.IsDir() {
					err = os.CopyFS(kept, os.DirFS(c.path))
				} else {
					err = os.Link(c.path, kept+"-file") // the file is replaced below, not overwritten
					text, readErr := os.ReadFile(c.path)
					err = errors.Join(err, readErr, os.Remove(c.path), os.WriteFile(c.path, text, 0o644))
				}
				if err != nil {
					t.Fatal(err)
				}
				c.change(t)
				_, err = Run(context.Background(), dir, p, Options{Backend: engine})
				toytest.WantChanged(t, err, c.fields, c.says)
				if !info.IsDir() {
					kept += "-file"
				}
				if err := errors.Join(os.RemoveAll(c.path), os.Rename(kept, c.path)); err != nil {
					t.Fatal(err)
				}
				if stage == "finished" {
					if _, err := Run(context.Background(), dir, p, Options{Backend: engine}); err != nil {
						t.Errorf("with the original inputs: %v", err)
					}
				}
			})
		}
	}
}
