package toytest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Data makes a folder of 200 training and 80 test reviews of letters. Every other letter of
// those labelled "good" is a k.
func Data(t testing.TB) string { return DataOf(t, 200, 80) }

// DataOf is Data with the given numbers of reviews.
func DataOf(t testing.TB, train, test int) string {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(5, 5))
	for _, half := range []string{"train", "test"} {
		n := map[string]int{"train": train, "test": test}[half]
		f, err := os.Create(filepath.Join(dir, half+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			words := make([]string, 3+rng.IntN(13))
			for j := range words {
				words[j] = string(rune('a' + rng.IntN(10)))
			}
			for j := 0; i%2 == 1 && j < len(words); j += 2 {
				words[j] = "k"
			}
			line := map[string]any{"id": fmt.Sprint(half, i), "text": strings.Join(words, " "), "label": []string{"bad", "good"}[i%2]}
			if err := json.NewEncoder(f).Encode(line); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Texts makes a file of n unlabelled texts, each of two alternating letters, so that a hidden
// letter follows from its neighbours.
func Texts(t *testing.T, n int) string {
	t.Helper()
	rng := rand.New(rand.NewPCG(8, 8))
	var text strings.Builder
	for i := range n {
		letters := make([]string, 4+rng.IntN(30))
		two := rng.Perm(20)
		for j := range letters {
			letters[j] = string(rune('a' + two[j%2]))
		}
		line, err := json.Marshal(map[string]any{"id": fmt.Sprint(i), "text": strings.Join(letters, " "), "split": "unsupervised"})
		if err != nil {
			t.Fatal(err)
		}
		text.Write(append(line, '\n'))
	}
	path := filepath.Join(t.TempDir(), "texts.jsonl")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
