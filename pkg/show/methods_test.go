package show

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/notebook"
)

// The cells about the trained weights serve every method, target and layer that the parameters
// offer.
func TestTrainedWeightsOfEveryMethod(t *testing.T) {
	testenv.NeedsTime(t, "it trains four times")
	dir, model, data := toytest.Folders()
	defer os.RemoveAll(dir)
	for name, test := range map[string]struct {
		s      notebook.Settings
		file   string
		charts int
	}{
		"adapter":      {notebook.Settings{}, "adapter_model.safetensors", 1},
		"upper values": {notebook.Settings{Layers: "1", Targets: "value", Rank: 0.2, PrefixCache: "float32"}, "adapter_model.safetensors", 1},
		"head":         {notebook.Settings{Method: "head"}, "head.safetensors", 0},
		"full":         {notebook.Settings{Method: "full"}, "model.safetensors", 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.s
			s.Model, s.Data, s.Train, s.Validation, s.Test, s.MaxLength, s.Epochs = model, data, 32, 8, 8, 16, 1
			t.Setenv("XDG_CACHE_HOME", t.TempDir())
			e, err := experiment(s)
			if err != nil {
				t.Fatal(err)
			}
			r, err := finetune.Open(filepath.Join(t.TempDir(), "run"), e, finetune.Options{Backend: toytest.Backend(t)})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if _, err := r.Train(t.Context()); err != nil {
				t.Fatal(err)
			}
			f, err := TrainedFiles(r)
			if err != nil || !strings.Contains(strings.Join(f.Notes, "\n"), test.file) {
				t.Errorf("files %q, %v", f.Notes, err)
			}
			f, err = TrainedMatrices(t.Context(), r)
			if err != nil || len(f.Charts) != test.charts || test.charts == 0 && !strings.Contains(f.Notes[0], "trains no adapter") {
				t.Errorf("%d charts, %q, %v", len(f.Charts), f.Notes, err)
			}
		})
	}
}
