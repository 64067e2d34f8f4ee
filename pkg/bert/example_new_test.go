package bert_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// A model from nothing but texts: a vocabulary, a tokenizer, a shape, fresh weights.
// Saved, it is what package finetune's Pretrain starts from.
func ExampleNew() {
	ctx := context.Background()
	texts := []string{"a film about a lighthouse", "the lighthouse film", "about the film"}
	vocab, err := tokenizers.TrainVocabulary(ctx, slices.Values(texts), tokenizers.VocabularyOptions{Size: 60})
	if err != nil {
		log.Fatal(err)
	}
	tokenizer, err := tokenizers.New(vocab, tokenizers.Options{})
	if err != nil {
		log.Fatal(err)
	}
	config, err := bert.ParseConfig(fmt.Appendf(nil, `{
		"vocab_size": %d, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2,
		"intermediate_size": 64, "max_position_embeddings": 64
	}`, len(vocab)))
	if err != nil {
		log.Fatal(err)
	}
	m, err := bert.New(config, tokenizer, bert.MaskedLM, 1)
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := m.Save(filepath.Join(dir, "start")); err != nil {
		log.Fatal(err)
	}
	again, err := bert.Open(ctx, filepath.Join(dir, "start"), bert.Options{Head: bert.MaskedLM})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(again.Head, again.Tokenizer.Decode(again.Tokenizer.Encode("a film about the lighthouse", 0)))
	// Output:
	// BertForMaskedLM a film about the lighthouse
}
