package tokenizers_test

import (
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// Models of sentence pairs take both texts in one input; the token types, for
// bert.Inputs.TypeIDs, tell the texts apart.
func ExampleTokenizer_EncodePair() {
	vocab := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "film", "was", "good", "it", "?", "."}
	tokenizer, err := tokenizers.New(vocab, tokenizers.Options{Lowercase: true})
	if err != nil {
		log.Fatal(err)
	}
	ids, types := tokenizer.EncodePair("Was the film good?", "It was.", 0)
	fmt.Println(tokenizer.Tokens(ids))
	fmt.Println(types)
	// Output:
	// [[CLS] was the film good ? [SEP] it was . [SEP]]
	// [0 0 0 0 0 0 0 1 1 1 1]
}
