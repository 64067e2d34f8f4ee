package encoding_test

import (
	"fmt"
	"log"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// A pair of texts in at most nine tokens: the longer text loses its beginning.
func ExampleEncoder() {
	vocab := []string{"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "was", "the", "film", "good", "i", "liked", "it"}
	tokenizer, err := tokenizers.New(vocab, tokenizers.Options{Lowercase: true})
	if err != nil {
		log.Fatal(err)
	}
	encoder := encoding.Encoder{Tokenizer: tokenizer, MaxLength: 9, Truncation: encoding.Tail, Pairs: true}
	rows := encoder.Encode([]data.Example{{Text: "Was the film good", TextPair: "I liked it"}})
	fmt.Println(tokenizer.Tokens(rows.IDs[0]), "token type 1 from", rows.FirstLengths[0])
	fmt.Println(rows.Cut)
	// Output:
	// [[CLS] the film good [SEP] i liked it [SEP]] token type 1 from 5
	// 1 of 1 examples, 100 %, have more than 9 tokens (long first text: 1, long second text: 0); the model does not read 14.3 % of all tokens (truncation "tail")
}
