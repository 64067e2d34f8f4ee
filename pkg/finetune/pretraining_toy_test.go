package finetune

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// toyMaskedModel is a folder with the random BERT of 6,000 weights, its masked-word
// head and pooler included.
func toyMaskedModel(t *testing.T) string {
	t.Helper()
	m, err := bert.Open(context.Background(), "../bert/testdata/encoder/tiny", bert.Options{Head: bert.MaskedLM})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "masked")
	if err := m.Save(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// toyTexts is a file of n texts without labels, each of two letters in turn, so that
// a hidden letter follows from its neighbours.
func toyTexts(t *testing.T, n int) string {
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

// toyPretraining has two stages, paired rows, and more epochs than one.
func toyPretraining(t *testing.T) Pretraining {
	t.Helper()
	return Pretraining{
		Model: toyMaskedModel(t), Texts: []string{toyTexts(t, 60)}, HeldOut: 12, Seed: 5,
		Stages: []Stage{{Steps: 17, Rows: 8, Length: 10}, {Steps: 12, Rows: 4, Length: 20}},
		Mask:   0.2, Contrast: 0.1, Bag: 0.2, Neighbours: 3, LearningRate: 3e-3, MeasureEvery: 5,
	}
}

// emptyRun is a run folder that holds no result.
func emptyRun(t *testing.T) *runfolder.Folder {
	t.Helper()
	r, err := runfolder.Create(t.TempDir(), "try", "any experiment", runfolder.CurrentEnvironment("test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}
