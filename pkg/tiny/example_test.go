package tiny_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// Importing the package makes the name known to package bert. The folder serves programs in other
// languages.
func Example() {
	m, err := bert.Open(context.Background(), tiny.Name, bert.Options{Head: bert.Classification, Labels: []string{"neg", "pos"}})
	if err != nil {
		log.Fatal(err)
	}
	c := m.Config
	fmt.Println(c.NumHiddenLayers, "layers of width", c.HiddenSize, "with", c.NumAttentionHeads, "heads,", c.VocabSize, "word pieces")

	dir, err := tiny.Dir()
	if err != nil {
		log.Fatal(err)
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, file := range files {
		fmt.Println(file.Name())
	}
	// Output:
	// 4 layers of width 192 with 3 heads, 8000 word pieces
	// config.json
	// model.safetensors
	// tokenizer.json
	// tokenizer_config.json
	// vocab.txt
}
