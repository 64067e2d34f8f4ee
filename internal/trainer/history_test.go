package trainer

import (
	"bytes"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// A resumed training warns of missing lines of the history, in each process. A history that is
// complete, or longer since its writer was killed, and a checkpoint of an earlier version cause no
// warning.
func TestMissingHistoryLines(t *testing.T) {
	lines := func(content []byte, n int) []byte { // the first n lines
		return append(bytes.Join(bytes.SplitAfter(content, []byte("\n"))[:n], nil), []byte(`{"kind":`)...)
	}
	for name, c := range map[string]struct {
		left   func(content []byte) []byte // nil: no file
		before bool                        // an earlier version wrote the checkpoint
		says   string
	}{
		"complete":                   {func(content []byte) []byte { return content }, false, ""},
		"its writer was killed":      {func(content []byte) []byte { return lines(content, 11) }, false, ""},
		"cut":                        {func(content []byte) []byte { return lines(content, 4) }, false, "has 4 lines up to step 10, and 11 were written"},
		"a line is missing":          {func(content []byte) []byte { return content[bytes.IndexByte(content, '\n')+1:] }, false, "has 10 lines up to step 10, and 11 were written"},
		"deleted":                    {nil, false, "has 0 lines up to step 10, and 11 were written"},
		"deleted, earlier version":   {nil, true, ""},
		"unchanged, earlier version": {func(content []byte) []byte { return content }, true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			y := newToy(t, dir)
			if err := y.run(t, 10); !errors.Is(err, ErrStopped) { // ten lines of steps, one of an evaluation
				t.Fatal(err)
			}
			path := y.config.Folder.Path(runfolder.HistoryFile)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			if c.left != nil {
				toytest.WriteFile(t, path, string(c.left(content)))
			}
			if c.before {
				withoutLines(t, y.config.Folder)
			}
			for _, stop := range []int{15, 0} {
				display := &toytest.Notes{Progress: progress.Nop}
				y.config.Progress, y.config.Store = display, newStore(t)
				y.at = Position{}
				if err := ReadPosition(y.config.Folder, &y.at); err != nil {
					t.Fatal(err)
				}
				if err := y.run(t, stop); err != nil && !errors.Is(err, ErrStopped) {
					t.Fatal(err)
				}
				var warnings []string
				for _, note := range display.Notes {
					if strings.HasPrefix(note, progress.WarningPrefix) {
						warnings = append(warnings, note)
					}
				}
				says := c.says
				if stop == 0 && says != "" {
					says = "lines up to step 15, and "
				}
				switch all := strings.Join(warnings, "\n"); {
				case says == "" && len(warnings) > 0, says != "" && len(warnings) != 1:
					t.Errorf("the warnings are %q", warnings)
				case says != "" && !(strings.Contains(all, says) && strings.Contains(all, path) && strings.Contains(all, "restore a copy")):
					t.Errorf("the warnings are %q, expected %q", warnings, says)
				}
			}
		})
	}
}

// withoutLines removes the number of lines from the checkpoint's position.
func withoutLines(t *testing.T, folder *runfolder.Folder) {
	t.Helper()
	toytest.EditTensors(t, folder.Path(runfolder.CheckpointsDir, CheckpointFile), func(all []safetensors.Named, metadata map[string]string) []safetensors.Named {
		before := metadata["position"]
		if metadata["position"] = strings.Replace(before, `,"lines":11`, "", 1); metadata["position"] == before {
			t.Fatalf("the position is %s", before)
		}
		return all
	})
}

// LoadTrained sets the trainable variables alone, and refuses a checkpoint with other tensors.
func TestLoadTrained(t *testing.T) {
	y := newToy(t, t.TempDir())
	if err := y.run(t, 0); err != nil {
		t.Fatal(err)
	}
	value := func() float32 {
		v, err := y.config.Store.GetVariable("/w").Value()
		if err != nil {
			t.Fatal(err)
		}
		return tensors.MustCopyFlatData[float32](v)[0]
	}
	want := value()
	y.config.Store = newStore(t)
	var at, known Position
	if err := errors.Join(LoadTrained(y.config.Folder, y.config.Store, &at), ReadPosition(y.config.Folder, &known)); err != nil || value() != want || want == 0 {
		t.Errorf("w is %v, expected %v (%v)", value(), want, err)
	}
	if !reflect.DeepEqual(at, known) || at.Step == 0 {
		t.Errorf("the position is %+v, expected %+v", at, known)
	}
	y.config.Store.VariableWithValue("/more", []float32{0}).SetTrainable(true)
	var damaged *runfolder.DamagedError
	if err := LoadTrained(y.config.Folder, y.config.Store, &at); !errors.As(err, &damaged) || !strings.Contains(err.Error(), "more") {
		t.Errorf("the error of a missing tensor is %v", err)
	}
}

// newStore returns the variables of a toy before its training.
func newStore(t *testing.T) *model.Store {
	t.Helper()
	store := model.NewStore()
	store.VariableWithValue("/w", []float32{0}).SetTrainable(true)
	if err := store.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	return store
}
