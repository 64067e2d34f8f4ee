package finetune_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Two runs train adapters of different ranks on the upper layer. The hidden states of the frozen
// layer are computed once for each example, for all epochs and both runs.
func ExamplePrefix() {
	ctx := context.Background()
	dir, modelDir, dataDir := toytest.Folders()
	defer os.RemoveAll(dir)
	defer cacheIn(dir)()

	var kept []*finetune.Prefix
	for _, rank := range []int{4, 8} {
		run, err := finetune.Open(filepath.Join(dir, fmt.Sprint("rank", rank)), finetune.Experiment{
			Model:    modelDir,
			Data:     splits.Config{Source: dataDir, Train: 80, Validation: 40, Test: 80, MaxLength: 20},
			Adapter:  lora.Config{R: rank, LayersToTransform: []int{1}},
			Training: finetune.Training{Epochs: 4, LearningRate: 0.02, PrefixCache: precision.BFloat16},
		}, finetune.Options{MaxPrefixBytes: 1 << 30})
		if err != nil {
			log.Fatal(err)
		}
		trained, err := run.Train(ctx)
		if err != nil {
			log.Fatal(err)
		}
		if err := run.Close(); err != nil {
			log.Fatal(err)
		}
		kept = append(kept, trained.Prefix)
	}
	fmt.Println("layers computed once:", kept[0].Layers)
	fmt.Println("the second run uses the cache of the first:", *kept[0] == *kept[1])
	// Output:
	// layers computed once: 1
	// the second run uses the cache of the first: true
}

// cacheIn moves the user's cache folder to dir. The returned function restores it.
func cacheIn(dir string) (back func()) {
	const name = "XDG_CACHE_HOME"
	before, set := os.LookupEnv(name)
	_ = os.Setenv(name, filepath.Join(dir, "cache"))
	return func() {
		if _ = os.Unsetenv(name); set {
			_ = os.Setenv(name, before)
		}
	}
}
