package pretrain

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// The model of a finished pre-training is the one that it trained: a missing or damaged one is
// written again from the checkpoint, and another one is an error or, before the result is written,
// replaced.
func TestTrainedModelIsVerified(t *testing.T) {
	p, engine := toyPretraining(t), testenv.GoBackend(t)
	p.Stages = []Stage{{Steps: 3, Rows: 8, Length: 10}}
	finished := filepath.Join(t.TempDir(), "run")
	if _, err := Run(context.Background(), finished, p, Options{Backend: engine}); err != nil {
		t.Fatal(err)
	}
	weights := filepath.Join(runfolder.ModelDir, "model.safetensors")
	want, err := os.ReadFile(filepath.Join(finished, weights))
	if err != nil {
		t.Fatal(err)
	}
	remove := func(names ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			for _, name := range names {
				if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	other := func(t *testing.T, dir string) { // as of another model
		from := toytest.MaskedModel(t)
		for name := range bert.Files(from) {
			content := toytest.ReadFile(t, filepath.Join(from, name))
			toytest.WriteFile(t, filepath.Join(dir, runfolder.ModelDir, name), content)
		}
	}
	withoutDigests := func(t *testing.T, dir string) { // as of an earlier version
		run, err := runfolder.Create(filepath.Dir(dir), "run", p.WithDefaults(), runfolder.Environment{})
		if err != nil {
			t.Fatal(err)
		}
		var result Result
		err = run.Read(runfolder.PretrainedFile, &result)
		result.Files = nil
		if err := errors.Join(err, run.Write(runfolder.PretrainedFile, result), run.Close()); err != nil {
			t.Fatal(err)
		}
	}
	all := func(list ...func(*testing.T, string)) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			for _, f := range list {
				f(t, dir)
			}
		}
	}
	flip := func(t *testing.T, dir string) { toytest.FlipLast(t, filepath.Join(dir, weights)) }
	const again = "written again from the checkpoint"
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string)
		note   string // "": none
		fails  []string
	}{
		"unchanged":                      {func(*testing.T, string) {}, "", nil},
		"without the folder":             {remove(runfolder.ModelDir), again, nil},
		"without the weights":            {remove(weights), again, nil},
		"without the tokenizer":          {remove(runfolder.ModelDir+"/vocab.txt", runfolder.ModelDir+"/tokenizer.json"), again, nil},
		"damaged weights":                {flip, again, nil},
		"an earlier version":             {withoutDigests, "", nil},
		"an earlier version, damaged":    {all(withoutDigests, flip), again, nil},
		"an earlier version, gone":       {all(withoutDigests, remove(runfolder.ModelDir)), again, nil},
		"another model":                  {other, "", []string{"model", "not the file that the training wrote", "delete", "checkpoint"}},
		"another model, no result":       {all(other, remove(runfolder.PretrainedFile)), "", nil},
		"another model, not trained yet": {all(other, remove(runfolder.PretrainedFile, runfolder.CheckpointsDir)), "", nil},
		"neither model nor checkpoint":   {remove(runfolder.ModelDir, runfolder.CheckpointsDir), "", []string{"cannot be written again", "delete", runfolder.PretrainedFile, "trains from the start"}},
		"no model, another checkpoint": {all(remove(runfolder.ModelDir), func(t *testing.T, dir string) {
			changeCheckpoint(t, dir, func(named []safetensors.Named) {
				for _, n := range named {
					if strings.HasPrefix(n.Name, "bert/") && !strings.Contains(n.Name, "moment") {
						n.Data[0] ^= 1
					}
				}
			}, nil)
		}), "", []string{"last.safetensors is of another training"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "run")
			if err := os.CopyFS(dir, os.DirFS(finished)); err != nil {
				t.Fatal(err)
			}
			card := filepath.Join(dir, runfolder.ModelDir, "README.md")
			toytest.WriteFile(t, card, "mine")
			c.change(t, dir)
			_, err := os.Stat(card)
			hadCard := err == nil
			for try := range 2 { // the second finds what the first wrote
				display := &toytest.Notes{Progress: progress.Nop}
				_, err = Run(context.Background(), dir, p, Options{Backend: engine, Progress: display})
				if len(c.fails) > 0 {
					var damaged *runfolder.DamagedError
					if !errors.As(err, &damaged) {
						t.Fatalf("the error is %v, expected a *DamagedError", err)
					}
					for _, text := range c.fails {
						if !strings.Contains(err.Error(), text) {
							t.Errorf("the error does not say %q: %v", text, err)
						}
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				if got, err := os.ReadFile(filepath.Join(dir, weights)); err != nil || !bytes.Equal(got, want) {
					t.Errorf("the model is not the trained one (%v)", err)
				}
				if said := strings.Contains(strings.Join(display.Notes, "\n"), again); said != (c.note != "" && try == 0) {
					t.Errorf("process %d: the notes are %q", try, display.Notes)
				}
				if _, err := os.Stat(card); hadCard && err != nil {
					t.Errorf("another file of the folder is gone: %v", err)
				}
			}
		})
	}
}

// changeCheckpoint changes the tensors of a run's checkpoint and the text of its position; nil
// changes nothing.
func changeCheckpoint(t *testing.T, dir string, tensors func([]safetensors.Named), position func(string) string) {
	t.Helper()
	toytest.EditTensors(t, filepath.Join(dir, runfolder.CheckpointsDir, "last.safetensors"), func(all []safetensors.Named, metadata map[string]string) []safetensors.Named {
		if tensors != nil {
			tensors(all)
		}
		if position != nil {
			metadata["position"] = position(metadata["position"])
		}
		return all
	})
}
