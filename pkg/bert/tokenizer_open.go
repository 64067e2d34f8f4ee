package bert

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// OpenTokenizer reads the tokenizer of a model folder: tokenizer.json, or
// vocab.txt with the settings of tokenizer_config.json. A folder that holds all
// of them must say the same in each. Where no file says whether text is lower-cased
// it is, as transformers does, unless the vocabulary is full of capital letters. In
// Google's releases, which hold a TensorFlow checkpoint, the name of the folder
// decides first: the word "cased" or "uncased" in it.
//
// Padding and truncation in tokenizer.json have no effect: Encode is told.
//
// The error is a *TokenizerError that names file and field (ErrTokenizerKind for
// tokenizers of other kinds, ErrTokenizerConflict for files that disagree,
// ErrVocabulary, ErrSpecialToken), or one that wraps fs.ErrNotExist.
func OpenTokenizer(dir string) (*Tokenizer, error) {
	config, err := readTokenizerConfig(filepath.Join(dir, "tokenizer_config.json"))
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "tokenizer.json")
	data, err := os.ReadFile(path)
	switch {
	case err == nil:
		return openTokenizerJSON(path, data, config)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	r, err := findRelease(dir)
	if err == nil {
		err = r.decideCase(config)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return openVocab(vocabPath(dir), config)
}

// openVocab opens the older form: vocab.txt, with tokenizer_config.json if it is there.
func openVocab(path string, config *tokenizerConfig) (*Tokenizer, error) {
	vocab, err := readVocab(path)
	if err != nil {
		return nil, err
	}
	opts, err := config.options(vocab)
	if err != nil {
		return nil, err
	}
	if stated := config.DoLowerCase != nil && config.caseFrom == ""; !stated && opts.Lowercase {
		if n := capitals(vocab); n*100 > len(vocab) {
			why, mend := "is not given, which means true", `write {"do_lower_case": false} there`
			if config.caseFrom != "" {
				why, mend = fmt.Sprintf("is true by the folder's name, %q", config.caseFrom), "rename the folder"
			}
			return nil, &TokenizerError{Path: config.path, Field: "do_lower_case", Kind: ErrTokenizerConflict, Reason: fmt.Sprintf(
				"%s, but %d of the %d pieces in %s hold capital letters that no lower-cased text can reach: %s for a cased model", why, n, len(vocab), vocabFile, mend)}
		}
	}
	t, err := NewTokenizer(vocab, opts)
	return t, atPath(err, path)
}

// openTokenizerJSON opens the newer form, and holds the other files against it.
func openTokenizerJSON(path string, data []byte, config *tokenizerConfig) (*Tokenizer, error) {
	vocab, opts, err := parseTokenizerJSON(data)
	if err != nil {
		return nil, atPath(err, path)
	}
	if err := config.complete(&opts); err != nil {
		return nil, err
	}
	t, err := NewTokenizer(vocab, opts)
	if err != nil {
		return nil, atPath(err, path)
	}
	if err := config.agrees(t.opts); err != nil {
		return nil, err
	}
	vocabPath := filepath.Join(filepath.Dir(path), vocabFile)
	lines, err := readVocab(vocabPath)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err != nil {
		return nil, err
	}
	return t, atPath(sameVocab(lines, vocab), vocabPath)
}

// sameVocab compares vocab.txt with the vocabulary of tokenizer.json.
func sameVocab(lines, vocab []string) error {
	for i := range min(len(lines), len(vocab)) {
		if lines[i] != vocab[i] {
			return &TokenizerError{Line: i + 1, Kind: ErrTokenizerConflict, Reason: fmt.Sprintf(
				"the piece is %q, tokenizer.json beside it has %q for id %d: delete the file that is of another model", lines[i], vocab[i], i)}
		}
	}
	if len(lines) != len(vocab) {
		return &TokenizerError{Kind: ErrTokenizerConflict, Reason: fmt.Sprintf(
			"%d pieces, tokenizer.json beside it has %d: delete the file that is cut short or of another model", len(lines), len(vocab))}
	}
	return nil
}

// capitals counts the pieces that hold a letter which lower-casing changes,
// those in brackets ("[CLS]") left out.
func capitals(vocab []string) int {
	n, chars := 0, chars()
	for _, piece := range vocab {
		if len(piece) > 1 && piece[0] == '[' {
			continue
		}
		for _, r := range piece {
			if chars.of(r)&charLower != 0 {
				n++
				break
			}
		}
	}
	return n
}

// atPath notes the file that a *TokenizerError is about.
func atPath(err error, path string) error {
	if te := (*TokenizerError)(nil); errors.As(err, &te) && te.Path == "" {
		te.Path = path
	}
	return err
}
