package tokenizers_test

import (
	"runtime"
	"testing"
)

// benchmarkTexts are real reviews where LORABOOK_IMDB names them.
func benchmarkTexts(b *testing.B) (texts []string, bytes int64) {
	texts = readExamples(b)["test/pos"]
	for _, text := range texts {
		bytes += int64(len(text))
	}
	return texts, bytes
}

// BenchmarkTokenizer encodes 12,500 reviews an operation, whole, on one processor
// and on all. testdata/tokenizer/benchmark_rust.py does the same in Rust.
func BenchmarkTokenizer(b *testing.B) {
	for _, name := range []string{"bert-base-cased", "minilm-uncased"} {
		for _, procs := range []struct {
			name string
			n    int
		}{{"one", 1}, {"all", runtime.GOMAXPROCS(0)}} {
			b.Run(name+"/"+procs.name, func(b *testing.B) {
				tok := variant(b, name)
				texts, bytes := benchmarkTexts(b)
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs.n))
				b.SetBytes(bytes)
				for b.Loop() {
					tok.EncodeAll(texts, 0)
				}
			})
		}
	}
}
