package finetune

import (
	"context"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// EVA's initialization from the training examples equals PEFT's from the same examples in one
// batch: the modules, their ranks, and each direction up to its sign.
func TestEVAAgainstPEFT(t *testing.T) {
	testenv.Need(t, "LORABOOK_PYTHON")
	modelsUnderTest(t, func(t *testing.T, e Experiment) {
		e.Adapter = lora.Config{R: 2, TargetModules: []string{"query", "value", "attention.output.dense"}, Init: lora.InitEVA}
		r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
		n, err := r.open(context.Background(), true)
		if err != nil {
			t.Fatal(err)
		}
		examples, err := r.Examples(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		dir := t.TempDir()
		peft(t, "eva", e.Model, dir, n.Tokenizer, examples.Train, e.Data.MaxLength)
		ours, errOurs := safetensors.Open(r.Folder.Path(runfolder.CheckpointsDir, runfolder.AdapterInitializationFile))
		theirs, errTheirs := safetensors.Open(filepath.Join(dir, lora.TensorsFile))
		if errOurs != nil || errTheirs != nil {
			t.Fatal(errOurs, errTheirs)
		}
		defer ours.Close()
		defer theirs.Close()
		lowest, rows, ranks := 1.0, 0, map[int]int{}
		for _, target := range n.adapter.Targets() {
			key := "base_model.model." + target + ".lora_A.weight"
			_, shape, _ := ours.Info(key)
			if _, other, ok := theirs.Info(key); !ok || other[0] != shape[0] {
				t.Errorf("%s is %v, in PEFT %v", target, shape, other)
				continue
			}
			a, errA := ours.Float32(key)
			b, errB := theirs.Float32(key)
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			ranks[shape[0]]++
			for k := range shape[0] {
				dot := 0.0
				for i := range shape[1] {
					dot += float64(a[k*shape[1]+i]) * float64(b[k*shape[1]+i])
				}
				lowest = min(lowest, math.Abs(dot))
				rows++
			}
		}
		t.Logf("%d rows of A, modules by rank %v; lowest cosine with PEFT's %.7f", rows, ranks, lowest)
		if lowest < 1-1e-4 || len(ranks) < 2 {
			t.Errorf("cosines with PEFT's rows are %v and above, ranks %v", lowest, ranks)
		}
		adapted := slices.DeleteFunc(theirs.Names(), func(key string) bool { return !strings.HasSuffix(key, ".lora_A.weight") })
		if len(adapted) != len(n.adapter.Targets()) {
			t.Errorf("adapted %v, in PEFT %v", n.adapter.Targets(), adapted)
		}
	})
}
