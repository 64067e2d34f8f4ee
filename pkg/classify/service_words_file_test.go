package classify_test

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
)

// wordsInFile sets the size from which word embeddings stay in their file for the test.
func wordsInFile(t *testing.T, bytes int64) {
	before := classify.SetWordsInFile(bytes)
	t.Cleanup(func() { classify.SetWordsInFile(before) })
}

// A service that reads the word embeddings from their file answers as one that has them in memory, to
// the bit.
func TestServiceWithWordsInFile(t *testing.T) {
	modelDir := toytest.Model(t)
	dirs := saveAll(t, modelDir)
	var answers [2][]classify.ServiceAnswer
	for i, bytes := range []int64{1, 1 << 40} {
		wordsInFile(t, bytes)
		s := newService(t, classify.ServiceOptions{Model: modelDir, Adapters: dirs, Options: classify.Options{MaxLength: 20}, Sizes: []int{8, 24}})
		if want := i == 0; s.ReadsWords() != want {
			t.Fatalf("word embeddings in their file: %v, expected %v", s.ReadsWords(), want)
		}
		rng := rand.New(rand.NewPCG(3, 4))
		for _, name := range sortedNames(dirs) {
			for range 3 {
				a, err := s.Answer(context.Background(), []classify.Request{request(rng, name)}) // one by one: in the same batches
				if err != nil {
					t.Fatal(err)
				}
				answers[i] = append(answers[i], a...)
			}
		}
	}
	if diff := cmp.Diff(answers[1], answers[0], cmpopts.IgnoreUnexported(classify.Answer{})); diff != "" {
		t.Error(diff)
	}
}

// An adapter that saves the word embeddings is refused in the same words, wherever they are.
func TestServiceRefusesSavedWords(t *testing.T) {
	modelDir := toytest.Model(t)
	m, err := bert.Open(t.Context(), modelDir, bert.Options{Head: bert.Classification, Labels: []string{"bad", "good"}, FreshHead: true})
	if err != nil {
		t.Fatal(err)
	}
	l, err := lora.New(lora.Config{R: 2, Init: lora.InitRandom, ModulesToSave: []string{"classifier", "word_embeddings"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Inject(m.Store, m.DenseModules(), 1); err != nil {
		t.Fatal(err)
	}
	if err := l.SetLabels([]string{"bad", "good"}); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "words")
	if err := l.Save(dir); err != nil {
		t.Fatal(err)
	}
	var reasons [2]string
	for i, bytes := range []int64{1, 1 << 40} {
		wordsInFile(t, bytes)
		s := newService(t, classify.ServiceOptions{Model: modelDir, Options: classify.Options{MaxLength: 20}, Sizes: []int{24}})
		err := s.Load(context.Background(), "words", dir, classify.AdapterOptions{})
		if err == nil {
			t.Fatal("the adapter was loaded")
		}
		reasons[i] = err.Error()
	}
	if reasons[0] != reasons[1] {
		t.Errorf("the errors are\n%s\n%s", reasons[0], reasons[1])
	}
}
