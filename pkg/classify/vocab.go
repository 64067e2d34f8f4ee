package classify

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// wordEmbeddingKeys are PEFT's names of the base's word embeddings in an adapter's file; the
// second is for adapted embeddings.
var wordEmbeddingKeys = []string{
	"base_model.model.bert.embeddings.word_embeddings.weight",
	"base_model.model.bert.embeddings.word_embeddings.base_layer.weight",
}

// wordEmbeddingRows returns the number of word embeddings in an adapter's file, and their name;
// 0 if it has none.
func wordEmbeddingRows(dir string) (key string, rows int) {
	for _, key := range wordEmbeddingKeys {
		if rows := rowsOf(filepath.Join(dir, lora.TensorsFile), key); rows > 0 {
			return key, rows
		}
	}
	return "", 0
}

// growVocabulary adds to the base the tokens that were added before the training of the adapter:
// their word embeddings from the adapter's file, and the tokenizer from its folder. Without such tokens
// it takes the tokenizer alone.
func (t tuned) growVocabulary(m *bert.Model, c lora.Config) error {
	key, rows := wordEmbeddingRows(t.dir)
	if rows <= m.Config.VocabSize {
		return t.takeTokenizer(m)
	}
	fail := func(err error) error {
		return fmt.Errorf("%s: %d word embeddings, and %d in the base %s, since tokens were added: %w", t.dir, rows, m.Config.VocabSize, t.model, err)
	}
	if !hasTokenizer(t.dir) {
		return fail(fmt.Errorf("the folder lacks the tokenizer with these tokens: save it there, in Python with tokenizer.save_pretrained"))
	}
	tokenizer, err := tokenizers.Open(t.dir)
	if err != nil {
		return fail(err)
	}
	f, err := safetensors.Open(filepath.Join(t.dir, lora.TensorsFile))
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	values, err := f.Float32(key)
	if err != nil {
		return fail(err)
	}
	_, shape, _ := f.Info(key)
	module := strings.TrimSuffix(strings.TrimPrefix(key, "base_model.model."), ".weight")
	if slices.ContainsFunc(c.ModulesToSave, func(name string) bool { return strings.HasSuffix(module, name) }) {
		base, err := m.Variable(bert.WordEmbeddings).Value()
		if err != nil {
			return fail(err)
		}
		copy(values, tensors.MustCopyFlatData[float32](base)) // their trained values are set when the adapter is opened
	}
	if err := m.ResizeTokenEmbeddings(tensors.FromFlatDataAndDimensions(values, shape...), tokenizer); err != nil {
		return fail(err)
	}
	return nil
}

// keepWords has the base's word embeddings read into memory if trained weights, in a file of the folder,
// change them. A file that cannot be read counts as one; reading it reports the error.
func (t *tuned) keepWords(file string) {
	f, err := safetensors.Open(filepath.Join(t.dir, file))
	if err == nil {
		defer f.Close()
	}
	if err != nil || slices.ContainsFunc(f.Names(), func(name string) bool { return strings.Contains(name, "word_embeddings") }) {
		t.inFile = 0
	}
}
