package bert_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/lorabook/lorabook/pkg/bert"
)

// One of Google's releases, as it was downloaded: a folder, or the .zip itself. That
// it is uncased is in its name.
func ExampleOpen_googleRelease() {
	m, err := bert.Open(context.Background(), "testdata/google/uncased_L-2_H-16_A-4", bert.Options{Head: bert.MaskedLM})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Config.NumHiddenLayers, "layers of", m.Config.HiddenSize)
	fmt.Println(m.Tokenizer.Decode(m.Tokenizer.Encode("BAD", 16)))
	// Output:
	// 2 layers of 16
	// bad
}

// A SavedModel of Google's becomes a folder that transformers reads too.
func ExampleConvert() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	hub := filepath.Join(dir, "bert-tiny")
	if err := bert.Convert(context.Background(), "testdata/google/bert-uncased-L-2-H-16-A-4", hub, bert.ResolveOptions{}); err != nil {
		log.Fatal(err)
	}
	entries, err := os.ReadDir(hub)
	if err != nil {
		log.Fatal(err)
	}
	for _, entry := range entries {
		fmt.Println(entry.Name())
	}
	// Output:
	// config.json
	// model.safetensors
	// tokenizer.json
	// tokenizer_config.json
	// vocab.txt
}
