package bert

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// ResizeTokenEmbeddings replaces the word embeddings by embeddings [rows, hidden], and the
// tokenizer by one with more tokens, as transformers' resize_token_embeddings does after
// tokens were added to a vocabulary. The tokenizer may have fewer pieces than the embeddings
// have rows.
//
// The first rows must equal the model's embeddings: otherwise they belong to another model. A
// model with a masked-language-model head, which scores each piece, is an error. An error
// leaves the model unchanged.
func (m *Model) ResizeTokenEmbeddings(embeddings *tensors.Tensor, tokenizer *tokenizers.Tokenizer) error {
	v := m.Variable(WordEmbeddings)
	shape := embeddings.Shape()
	switch {
	case m.Head == MaskedLM:
		return errors.New("bert: ResizeTokenEmbeddings: the model has a masked-language-model head, which scores a fixed number of pieces, expected none: open the model without it")
	case v == nil:
		return errors.New("bert: the model has no " + WordEmbeddings)
	case v.DType() != dtypes.Float32 || shape.DType != dtypes.Float32 || shape.Rank() != 2 || shape.Dim(1) != m.Config.HiddenSize || shape.Dim(0) < m.Config.VocabSize:
		return fmt.Errorf("bert: the word embeddings are %s, expected float32 [at least %d, %d], since the model's are %s", shape, m.Config.VocabSize, m.Config.HiddenSize, v.Shape())
	case tokenizer.VocabSize() > shape.Dim(0) || tokenizer.VocabSize() < m.Tokenizer.VocabSize():
		return fmt.Errorf("bert: the tokenizer has %d pieces, expected %d, the number of the model's tokenizer, to %d, the number of rows of the word embeddings", tokenizer.VocabSize(), m.Tokenizer.VocabSize(), shape.Dim(0))
	}
	value, err := v.Value()
	if err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	before, after := tensors.MustCopyFlatData[float32](value), tensors.MustCopyFlatData[float32](embeddings)
	for i := range before {
		if before[i] != after[i] {
			return fmt.Errorf("bert: word embedding %d differs from the model's, expected the same: the embeddings belong to another model", i/m.Config.HiddenSize)
		}
	}
	if err := m.Store.DeleteVariable(v.Path()); err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	closeErr := m.Words.Close()
	m.Words = nil
	m.Config.VocabSize, m.Tokenizer = shape.Dim(0), tokenizer
	setVariable(m.Store, param{name: WordEmbeddings, shape: shape.Dimensions}, after)
	return closeErr
}
