package label

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
)

func classifier(t testing.TB, task data.Task) *classify.Classifier {
	t.Helper()
	return toytest.OpenClassifier(t, testenv.GoBackend(t), toytest.Classifier(t, task))
}

// letters are n texts of letters. Some are longer than a classifier of the tests reads, and some have
// characters that the vocabulary lacks.
func letters(n int) []string {
	rng := rand.New(rand.NewPCG(4, 4))
	texts := make([]string, n)
	for i := range texts {
		words := make([]string, 1+rng.IntN(20))
		for j := range words {
			words[j] = string(rune('a' + rng.IntN(20)))
			if rng.IntN(30) == 0 {
				words[j] = "€"
			}
		}
		texts[i] = strings.Join(words, " ")
	}
	return texts
}

// write writes texts to files in a new folder, with ids, and returns the pattern of the files.
func write(t testing.TB, texts []string, files int) string {
	t.Helper()
	dir := t.TempDir()
	each := (len(texts) + files - 1) / files
	for f := range files {
		var out strings.Builder
		for i := f * each; i < min(len(texts), (f+1)*each); i++ {
			text, err := json.Marshal(map[string]any{"id": fmt.Sprint("t", i), "text": texts[i]})
			if err != nil {
				t.Fatal(err)
			}
			out.Write(append(text, '\n'))
		}
		toytest.WriteFile(t, filepath.Join(dir, fmt.Sprintf("part-%d.jsonl", f)), out.String())
	}
	return filepath.Join(dir, "part-*.jsonl")
}

// labelled runs and returns the report and the output.
func labelled(t testing.TB, c *classify.Classifier, o Options) (*Report, string) {
	t.Helper()
	report, err := Run(t.Context(), c, o)
	if err != nil {
		t.Fatal(err)
	}
	return report, toytest.ReadFile(t, o.Output)
}
