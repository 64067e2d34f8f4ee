package bert

import (
	"errors"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// ResizeTokenEmbeddings gives a model the word embeddings [rows, hidden] and the tokenizer
// that belongs to them, where tokens were added to its vocabulary: what transformers'
// resize_token_embeddings is for. The tokenizer may have fewer pieces than there are rows.
//
// The first rows must equal the model's embeddings; otherwise they belong to another model.
// A masked-word head, which scores each piece, is an error. The model is then as it was.
func (m *Model) ResizeTokenEmbeddings(embeddings *tensors.Tensor, tokenizer *tokenizers.Tokenizer) error {
	v := m.Store.GetVariable(dotted.Path(WordEmbeddings))
	shape := embeddings.Shape()
	switch {
	case m.Head == MaskedLM:
		return errors.New("bert: ResizeTokenEmbeddings: the model has a masked-word head, which scores the pieces that it knows: open it without")
	case v == nil:
		return errors.New("bert: the model has no " + WordEmbeddings)
	case v.DType() != dtypes.Float32 || shape.DType != dtypes.Float32 || shape.Rank() != 2 || shape.Dim(1) != m.Config.HiddenSize || shape.Dim(0) < m.Config.VocabSize:
		return fmt.Errorf("bert: word embeddings %s: expected float32 [at least %d, %d], as the model has %s", shape, m.Config.VocabSize, m.Config.HiddenSize, v.Shape())
	case tokenizer.VocabSize() > shape.Dim(0) || tokenizer.VocabSize() < m.Tokenizer.VocabSize():
		return fmt.Errorf("bert: the tokenizer has %d pieces, expected %d, as the model's has, to %d, the rows of the word embeddings", tokenizer.VocabSize(), m.Tokenizer.VocabSize(), shape.Dim(0))
	}
	value, err := v.Value()
	if err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	before, after := tensors.MustCopyFlatData[float32](value), tensors.MustCopyFlatData[float32](embeddings)
	for i := range before {
		if before[i] != after[i] {
			return fmt.Errorf("bert: word embedding %d is not that of the model: the embeddings are of another model", i/m.Config.HiddenSize)
		}
	}
	if err := m.Store.DeleteVariable(v.Path()); err != nil {
		return fmt.Errorf("bert: %w", err)
	}
	m.Config.VocabSize, m.Tokenizer = shape.Dim(0), tokenizer
	setVariable(m.Store, param{name: WordEmbeddings, shape: shape.Dimensions}, after)
	return nil
}
