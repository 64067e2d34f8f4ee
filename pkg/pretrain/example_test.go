package pretrain_test

import (
	"context"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/pretrain"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// This example trains a new model from texts alone: a vocabulary, random weights, and masked
// words to predict. With "bert-base-cased" as the initial model and texts of a domain, the same
// call adapts that model to the domain before an adapter is trained.
func ExampleRun() {
	ctx := context.Background()
	dir, texts := toyReviews()
	defer os.RemoveAll(dir)

	vocab, err := tokenizers.TrainVocabulary(ctx, slices.Values(texts), tokenizers.VocabularyOptions{Size: 100})
	if err != nil {
		log.Fatal(err)
	}
	tokenizer, err := tokenizers.New(vocab, tokenizers.Options{})
	if err != nil {
		log.Fatal(err)
	}
	config, err := bert.ParseConfig(fmt.Appendf(nil, `{
		"vocab_size": %d, "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64,
		"max_position_embeddings": 16, "hidden_dropout_prob": 0, "attention_probs_dropout_prob": 0, "initializer_range": 0.1
	}`, len(vocab)))
	if err != nil {
		log.Fatal(err)
	}
	start, err := bert.New(config, tokenizer, bert.MaskedLM, 1)
	if err != nil {
		log.Fatal(err)
	}
	if err := start.Save(filepath.Join(dir, "start")); err != nil {
		log.Fatal(err)
	}

	run := filepath.Join(dir, "reviews")
	result, err := pretrain.Run(ctx, run, pretrain.Pretraining{
		Model: filepath.Join(dir, "start"), Texts: []string{filepath.Join(dir, "reviews.csv")}, HeldOut: 60,
		Stages: []pretrain.Stage{{Steps: 200, Rows: 16, Length: 14}}, LearningRate: 1e-2,
	}, pretrain.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("steps:", result.Steps)
	fmt.Println("better than before:", result.HeldOut.Loss < result.HeldOutBefore.Loss)
	fmt.Println("better than the most frequent token:", result.HeldOut.Accuracy > result.HeldOut.MostFrequentAccuracy)

	// The result is a model in the hub's layout, for example for Experiment{Model: ...}.
	m, err := bert.Open(ctx, filepath.Join(run, runfolder.ModelDir), bert.Options{Head: bert.MaskedLM})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Tokenizer.Decode(m.Tokenizer.Encode("this plot was dull", 0)))
	// Output:
	// steps: 200
	// better than before: true
	// better than the most frequent token: true
	// this plot was dull
}

// toyReviews makes a folder with a file of texts without labels.
func toyReviews() (dir string, texts []string) {
	dir, err := os.MkdirTemp("", "example-")
	if err != nil {
		log.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	for range 400 {
		text := pick("this", "her", "his") + " " + pick("plot", "cast", "score", "ending", "camera", "script") + " was "
		if rng.IntN(2) == 0 {
			text += pick("dull", "slow", "weak") + " and " + pick("dull", "slow", "weak") + " so I was " + pick("bored", "sad", "angry")
		} else {
			text += pick("bright", "quick", "strong") + " and " + pick("bright", "quick", "strong") + " so I was " + pick("moved", "glad", "charmed")
		}
		texts = append(texts, text)
	}
	content := "text\n" + strings.Join(texts, "\n") + "\n"
	if err := os.WriteFile(filepath.Join(dir, "reviews.csv"), []byte(content), 0o644); err != nil {
		log.Fatal(err)
	}
	return dir, texts
}
