package finetune

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/splits"
)

// BenchmarkPrefixCache trains the upper two layers of bert-base-cased for two epochs on 64
// examples of at most 128 tokens, without and with the cache. s/epoch is the time of the second
// epoch's steps, s/once the computing time of the states.
func BenchmarkPrefixCache(b *testing.B) {
	dir := os.Getenv("LORABOOK_BERT")
	if dir == "" {
		b.Skip("LORABOOK_BERT is not set: see CONTRIBUTING.md for the real models")
	}
	for name, cache := range map[string]precision.Precision{"off": "", "bfloat16": precision.BFloat16} {
		b.Run(name, func(b *testing.B) {
			b.Setenv("XDG_CACHE_HOME", b.TempDir())
			epoch, once := 0.0, 0.0
			for range b.N {
				r, err := Open(filepath.Join(b.TempDir(), "run"), Experiment{
					Model:    dir,
					Data:     splits.Config{Train: 64, Validation: 8, Test: 8, MaxLength: 128},
					Adapter:  lora.Config{LayersToTransform: []int{10, 11}},
					Training: Training{Epochs: 2, Evaluations: 1, PrefixCache: cache},
				}, Options{})
				if err != nil {
					b.Fatal(err)
				}
				done, err := r.Train(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				epoch += done.SecondsPerEpoch()
				if done.Prefix != nil {
					once += done.Prefix.Seconds
				}
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(epoch/float64(b.N), "s/epoch")
			b.ReportMetric(once/float64(b.N), "s/once")
		})
	}
}
