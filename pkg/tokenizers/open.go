package tokenizers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"github.com/lorabook/lorabook/internal/googlebert"
	"github.com/lorabook/lorabook/internal/modelfolder"
)

// Open reads the tokenizer of a model folder as transformers' AutoTokenizer
// does: the class that tokenizer_config.json or config.json names decides what counts.
//
//   - BertTokenizer, which is also that of a config.json without tokenizer_class, takes
//     the pieces from tokenizer.json or vocab.txt, and everything else from
//     tokenizer_config.json, whose missing fields mean BERT's defaults: text is
//     lower-cased. A tokenizer.json that says otherwise is an error.
//   - PreTrainedTokenizerFast takes tokenizer.json as it is. So does a folder that
//     names no class and holds no config.json.
//
// Special and added tokens are those of tokenizer.json, tokenizer_config.json,
// special_tokens_map.json and added_tokens.json. A field that may change ids and is not
// computed is an error, and so are files that contradict each other. A vocab.txt without
// do_lower_case that is full of capital letters is an error. In Google's releases, which
// hold a TensorFlow checkpoint, the name of the folder decides the case first: the word
// "cased" or "uncased" in it.
//
// The vocabulary may hold blank lines, and a piece twice: the last place counts.
// Padding and truncation in tokenizer.json have no effect: Encode is told.
//
// The error is a *Error that names file and field (ErrUnsupported for
// tokenizers of other kinds, ErrConflict for files that disagree,
// ErrVocabulary, ErrSpecialToken), or one that wraps fs.ErrNotExist.
func Open(dir string) (*Tokenizer, error) {
	path := filepath.Join(dir, modelfolder.TokenizerFile)
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	hasFull := err == nil
	config, err := readTokenizerConfig(dir, hasFull)
	if err != nil {
		return nil, err
	}
	if hasFull {
		return openTokenizerJSON(path, data, config)
	}
	if _, err = googlebert.Find(dir); err == nil {
		err = config.decideCase(dir)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return openVocab(modelfolder.VocabPath(dir), config)
}

// openVocab opens the older form: vocab.txt, with tokenizer_config.json if it is there.
func openVocab(path string, config *tokenizerConfig) (*Tokenizer, error) {
	lines, err := readVocab(path)
	if err != nil {
		return nil, err
	}
	vocab := newPieceVocab(lines)
	opts, err := config.options(vocab)
	if err != nil {
		return nil, err
	}
	if stated := config.DoLowerCase != nil && config.caseFrom == ""; !stated && opts.Lowercase {
		if n := capitals(lines); n*100 > len(lines) {
			why, mend := "is not given, which means true", `write {"do_lower_case": false} there`
			if config.caseFrom != "" {
				why, mend = fmt.Sprintf("is true by the folder's name, %q", config.caseFrom), "rename the folder"
			}
			return nil, &Error{Path: config.path, Field: "do_lower_case", Kind: ErrConflict, Reason: fmt.Sprintf(
				"%s, but %d of the %d pieces in %s hold capital letters that no lower-cased text can reach: %s for a cased model", why, n, len(lines), modelfolder.VocabFile, mend)}
		}
	}
	t, err := newFromVocab(vocab, opts)
	if err != nil {
		return nil, atPath(err, path)
	}
	t.source = config.source(nil)
	return t, nil
}

// openTokenizerJSON opens the newer form, and holds the other files against it.
func openTokenizerJSON(path string, data []byte, config *tokenizerConfig) (*Tokenizer, error) {
	vocabPath := filepath.Join(filepath.Dir(path), modelfolder.VocabFile)
	lines, err := readVocab(vocabPath)
	hasLines := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	file, vocab, opts, err := parseTokenizerJSON(data, max(config.rows, len(lines)))
	if err != nil {
		return nil, atPath(err, path)
	}
	if err := file.checkDirections(config); err != nil {
		return nil, atPath(err, path)
	}
	for i := range file.Added {
		file.Added[i].path, file.Added[i].field = path, "added_tokens"
	}
	if err := config.complete(&opts, vocab, file.Added); err != nil {
		return nil, err
	}
	if hasLines {
		if err := sameVocab(lines, vocab); err != nil {
			return nil, atPath(err, vocabPath)
		}
	}
	t, err := newFromVocab(vocab, opts)
	if err != nil {
		return nil, atPath(err, path)
	}
	t.source = config.source(file.fields)
	return t, nil
}

// sameVocab compares vocab.txt with the vocabulary of tokenizer.json. Where an id of
// the latter has no piece, the line is blank or there again further down; the line
// becomes the id's piece.
func sameVocab(lines []string, vocab pieceVocab) error {
	ids := newPieceVocab(lines).ids()
	for i := range min(len(lines), len(vocab.pieces)) {
		line, piece := lines[i], vocab.pieces[i]
		if last, ok := ids[line]; piece == "" && ok && last != int32(i) {
			vocab.pieces[i] = line
			continue
		}
		if line != strings.TrimRightFunc(piece, unicode.IsSpace) {
			return &Error{Line: i + 1, Kind: ErrConflict, Reason: fmt.Sprintf(
				"the piece is %q, tokenizer.json beside it has %q for id %d: delete the file that is of another model", line, piece, i)}
		}
	}
	more := lines[min(len(lines), len(vocab.pieces)):]
	if len(lines) < len(vocab.pieces) || slices.ContainsFunc(more, func(line string) bool { return line != "" }) {
		return &Error{Kind: ErrConflict, Reason: fmt.Sprintf(
			"%d pieces, tokenizer.json beside it has %d: delete the file that is cut short or of another model", len(lines), len(vocab.pieces))}
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

// atPath notes the file that a *Error is about.
func atPath(err error, path string) error {
	if te := (*Error)(nil); errors.As(err, &te) && te.Path == "" {
		te.Path = path
	}
	return err
}
