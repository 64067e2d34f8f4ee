package finetune

import (
	"context"
	"os"
	"testing"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// BenchmarkInputs measures what comparing bert-base-cased and IMDB with a run's record of
// them takes: by their files' stamps, which is all that opening a run does as a rule, and by
// their digests, once for a new run and again where a file was touched.
func BenchmarkInputs(b *testing.B) {
	for variable, in := range map[string]runfolder.Input{
		"LORABOOK_BERT": inputs.Model("model", os.Getenv("LORABOOK_BERT"), bert.ResolveOptions{}),
		"LORABOOK_IMDB": inputs.Data(os.Getenv("LORABOOK_IMDB")),
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
