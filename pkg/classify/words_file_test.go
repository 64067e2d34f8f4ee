package classify_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
)

// A classifier that reads the word embeddings from their file has the logits and the digest of one that
// has them in memory, to the bit, for every task, for pairs, and for texts that share a row.
func TestClassifierWithWordsInFile(t *testing.T) {
	modelDir := toytest.Model(t)
	for name, dir := range saveAll(t, modelDir) {
		t.Run(name, func(t *testing.T) {
			var outputs [2][]float32
			var digests [2]string
			for i, bytes := range []int64{1, 1 << 40} {
				wordsInFile(t, bytes)
				c, err := classify.Open(t.Context(), modelDir, dir, classify.Options{MaxLength: 20, Task: every[name].task})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				if inFile := c.Model().Words != nil; inFile != (i == 0) {
					t.Fatalf("word embeddings in their file: %v, expected %v", inFile, i == 0)
				}
				rng := rand.New(rand.NewPCG(5, 6))
				examples := make([]data.Example, 60)
				for at := range examples {
					r := request(rng, name)
					examples[at] = data.Example{ID: r.Text, Text: r.Text, TextPair: r.TextPair}
					if c.Task() == data.TokenClassification {
						examples[at].Text = randomText(rng, 9)
						examples[at].Words = strings.Fields(examples[at].Text)
						examples[at].Tags = make([]int, len(examples[at].Words))
					}
				}
				p, err := c.PredictTask(t.Context(), examples, nil, "")
				if err != nil {
					t.Fatal(err)
				}
				outputs[i] = p.Outputs()
				if digests[i], err = c.Digest(); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(outputs[1], outputs[0]); diff != "" {
				t.Error(diff)
			}
			if digests[0] != digests[1] {
				t.Errorf("the digests are %s and %s", digests[0], digests[1])
			}
		})
	}
}

// Devices that share a batch have whole models: word embeddings in a file are refused.
func TestWordsInFileOnDevices(t *testing.T) {
	backend := toytest.Backend(t)
	if n := backend.NumDevices(); n < 2 {
		t.Skipf("the engine has %d device, and the test needs 2: `go run ./kernel install` installs XLA", n)
	}
	m, err := bert.Open(t.Context(), toytest.Model(t), bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}, WordsInFile: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Words.Close()
	p, err := classify.NewPredictor(backend, m, m.Encoder(), 16)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.SetDevices(2); err == nil || !strings.Contains(err.Error(), "WordsInFile") {
		t.Errorf("the error is %v, expected one that names the option", err)
	}
}

// Trained weights with word embeddings of their own have the base's in memory.
func TestTrainedWordsInMemory(t *testing.T) {
	modelDir, labels := toytest.Model(t), []string{"bad", "good"}
	for name, config := range map[string]lora.Config{
		"saved":   {R: 2, Init: lora.InitRandom, ModulesToSave: []string{"classifier", "word_embeddings"}},
		"adapted": {R: 2, Init: lora.InitRandom, TargetModules: []string{"query", "word_embeddings"}, ModulesToSave: []string{"classifier"}},
	} {
		t.Run(name, func(t *testing.T) {
			m, err := bert.Open(t.Context(), modelDir, bert.Options{Head: bert.Classification, Labels: labels, FreshHead: true})
			if err != nil {
				t.Fatal(err)
			}
			l, err := lora.New(config)
			if err != nil {
				t.Fatal(err)
			}
			if err := l.Inject(m.Store, m.DenseModules(), 1, m.EmbeddingModules()...); err != nil {
				t.Fatal(err)
			}
			if err := l.SetLabels(labels); err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), "adapter")
			if err := l.Save(dir); err != nil {
				t.Fatal(err)
			}
			wordsInFile(t, 1)
			c, err := classify.Open(t.Context(), modelDir, dir, classify.Options{MaxLength: 20})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if c.Model().Words != nil {
				t.Error("word embeddings in their file, expected in memory")
			}
			if _, err := c.Classify(t.Context(), []string{"a b c"}); err != nil {
				t.Error(err)
			}
		})
	}
}

// A file of word embeddings that is closed, or was written to, is an error of every call, not of the first
// alone: GoMLX's tensor keeps what a read that failed has left.
func TestWordsOfLostFile(t *testing.T) {
	for name, lose := range map[string]func(t *testing.T, c *classify.Classifier, weights string){
		"closed":  func(_ *testing.T, c *classify.Classifier, _ string) { c.Close() },
		"changed": func(t *testing.T, _ *classify.Classifier, weights string) { touch(t, weights) },
	} {
		t.Run(name, func(t *testing.T) {
			modelDir := filepath.Join(t.TempDir(), "model")
			if err := os.CopyFS(modelDir, os.DirFS(toytest.Model(t))); err != nil {
				t.Fatal(err)
			}
			dir := every["mood"].save(t, modelDir, filepath.Join(t.TempDir(), "adapter"), 1)
			wordsInFile(t, 1)
			c, err := classify.Open(t.Context(), modelDir, dir, classify.Options{MaxLength: 20})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			want, err := c.Digest()
			if err != nil {
				t.Fatal(err)
			}
			if again, err := c.Digest(); err != nil || again != want {
				t.Fatalf("the second digest is %s (%v), expected %s", again, err, want)
			}
			lose(t, c, filepath.Join(modelDir, "model.safetensors"))
			for range 2 {
				if sum, err := c.Digest(); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("the digest is %s with the error %v, expected one with %q", sum, err, name)
				}
				if err := c.Model().Save(filepath.Join(t.TempDir(), "saved")); err == nil {
					t.Error("the model was saved")
				}
				if _, err := c.Classify(t.Context(), []string{"a b"}); err == nil || !strings.Contains(err.Error(), name) {
					t.Errorf("Classify gave the error %v, expected one with %q", err, name)
				}
			}
		})
	}
}

// touch changes the time of a file.
func touch(t *testing.T, path string) {
	t.Helper()
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
}

// A graph that looks up word embeddings which are in their file is refused, and so is a decorated lookup.
func TestPredictorNeedsWords(t *testing.T) {
	m, err := bert.Open(t.Context(), toytest.Model(t), bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}, WordsInFile: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Words.Close()
	if _, err := classify.NewPredictorOf(toytest.Backend(t), m, 16, classify.WholeNetwork(m.Encoder())); err == nil || !strings.Contains(err.Error(), "NetworkOf") {
		t.Errorf("the error is %v, expected one that names NetworkOf", err)
	}
	e := m.Encoder()
	e.Embedding = bert.Lookup
	if _, err := classify.NewPredictor(toytest.Backend(t), m, e, 16); err == nil || !strings.Contains(err.Error(), "Embedding") {
		t.Errorf("the error is %v, expected one that names Embedding", err)
	}
}
