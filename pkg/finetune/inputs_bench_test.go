package finetune

import (
	"context"
	"os"
	"testing"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/splits"
)

// BenchmarkInputs compares bert-base-cased and IMDB with the digests of a run: by the files'
// stamps, which is the normal case when a run is opened, and by digests, which a new run and
// touched files need.
func BenchmarkInputs(b *testing.B) {
	for variable, in := range map[string]runfolder.Input{
		"LORABOOK_BERT": inputs.Model("model", os.Getenv("LORABOOK_BERT"), bert.ResolveOptions{}),
		"LORABOOK_IMDB": inputs.Data(os.Getenv("LORABOOK_IMDB"), Experiment{Data: splits.Config{Source: os.Getenv("LORABOOK_IMDB")}}.openData(false, nil)),
	} {
		if in.Source == "" {
			b.Logf("%s is not set: see CONTRIBUTING.md", variable)
			continue
		}
		b.Run(in.Name+"/stamp", func(b *testing.B) {
			for b.Loop() {
				if seen, err := in.Look(); err != nil || seen.Stamp == "" {
					b.Fatal(seen, err)
				}
			}
		})
		b.Run(in.Name+"/digests", func(b *testing.B) {
			for b.Loop() {
				if _, err := in.Digests(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
