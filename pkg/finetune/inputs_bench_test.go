package finetune

import (
	"context"
	"os"
	"testing"

	"github.com/lorabook/lorabook/pkg/bert"
)

// BenchmarkInputs measures what comparing bert-base-cased and IMDB with a run's record of
// them takes: by their files' stamps, which is all that opening a run does as a rule, and by
// their digests, once for a new run and again where a file was touched.
func BenchmarkInputs(b *testing.B) {
	for variable, in := range map[string]input{
		"LORABOOK_BERT": modelInput("model", os.Getenv("LORABOOK_BERT"), bert.ResolveOptions{}),
		"LORABOOK_IMDB": dataInput(os.Getenv("LORABOOK_IMDB")),
	} {
		if in.source == "" {
			b.Logf("%s is not set: see CONTRIBUTING.md", variable)
			continue
		}
		b.Run(in.name+"/stamp", func(b *testing.B) {
			for b.Loop() {
				if seen, err := in.look(); err != nil || seen.stamp == "" {
					b.Fatal(seen, err)
				}
			}
		})
		b.Run(in.name+"/digests", func(b *testing.B) {
			for b.Loop() {
				if _, err := in.digests(context.Background()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
