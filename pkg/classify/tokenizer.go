package classify

import (
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/modelfolder"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tokenizers"
)

// hasTokenizer reports whether a folder of trained weights has a tokenizer.
func hasTokenizer(dir string) bool {
	return modelfolder.IsFile(filepath.Join(dir, modelfolder.TokenizerFile)) || modelfolder.IsFile(filepath.Join(dir, modelfolder.VocabFile))
}

// otherTokenizer opens the tokenizer in the folder of an adapter, and describes how it differs from the
// model's; nil if it has none, or one with the same ids for every text. rows is the number of the
// model's word embeddings.
func otherTokenizer(dir string, models *tokenizers.Tokenizer, rows int) (*tokenizers.Tokenizer, string, error) {
	if !hasTokenizer(dir) {
		return nil, "", nil
	}
	own, err := tokenizers.Open(dir)
	if err != nil {
		return nil, "", fmt.Errorf("the tokenizer in the adapter's folder: %w; if the adapter was trained with the model's tokenizer, remove the files of the other one from the folder", err)
	}
	difference := own.Difference(models)
	if difference == "" {
		return nil, "", nil
	}
	if n := own.VocabSize(); n > rows {
		return nil, "", fmt.Errorf("%s: the tokenizer in the adapter's folder has %d tokens, and the model %d word embeddings: tokens were added, and the adapter was saved without their embeddings; in PEFT, save it again with save_pretrained(DIR, save_embedding_layers=True), or, if the adapter was trained with the model's tokenizer, remove the other one from the folder", dir, n, rows)
	}
	return own, difference, nil
}

// takeTokenizer has the model use the tokenizer in the adapter's folder, as transformers'
// AutoTokenizer.from_pretrained does for this folder, and warns if it gives other ids than the model's.
func (t tuned) takeTokenizer(m *bert.Model) error {
	own, difference, err := otherTokenizer(t.dir, m.Tokenizer, m.Config.VocabSize)
	if err != nil || own == nil {
		return err
	}
	m.Tokenizer = own
	if t.warnings != nil {
		*t.warnings = append(*t.warnings, fmt.Sprintf("%s: the tokenizer in the adapter's folder is used, which differs from the model's: %s (the model's)", t.dir, difference))
	}
	return nil
}
