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

// Open reads the tokenizer of a model's folder as transformers' AutoTokenizer does. The
// class that tokenizer_config.json or config.json names decides which files count:
//
//   - BertTokenizer, which a config.json without tokenizer_class means too, reads the pieces
//     from tokenizer.json or vocab.txt, and everything else from tokenizer_config.json,
//     whose missing fields mean BERT's defaults: text is lower-cased. A tokenizer.json that
//     contradicts these settings is an error.
//   - PreTrainedTokenizerFast takes tokenizer.json as it is. So does a folder that names no
//     class and has no config.json.
//
// Special and added tokens come from tokenizer.json, tokenizer_config.json,
// special_tokens_map.json and added_tokens.json. A field that may change ids and is not
// computed is an error, and so are files that contradict each other, and a vocab.txt full
// of capital letters without do_lower_case. In Google's releases, which hold a TensorFlow
// checkpoint, the word "cased" or "uncased" in the folder's name decides the case first.
//
// The vocabulary may hold blank lines, and may repeat a piece: its last line counts. The
// settings for padding and truncation in tokenizer.json have no effect: Encode takes the
// length as an argument.
//
// The error joins a *Error with file and field for each problem of the same reading step
// (ErrUnsupported for other tokenizers, ErrConflict for files that contradict each other,
// ErrVocabulary, ErrSpecialToken), or wraps fs.ErrNotExist.
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

// openVocab opens the older form: vocab.txt, with tokenizer_config.json if it exists.
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
	if err := config.checkCapitals(lines, opts.Lowercase); err != nil {
		return nil, err
	}
	t, err := newFromVocab(vocab, opts)
	if err != nil {
		return nil, atPath(err, path)
	}
	t.source = config.source(nil)
	return t, nil
}

// checkCapitals refuses to lower-case texts, unless a file says so, for a vocabulary of which
// more than one piece in a hundred has capital letters.
func (c *tokenizerConfig) checkCapitals(vocab []string, lowercase bool) error {
	stated := c.DoLowerCase != nil && c.caseFrom == ""
	n := countCapitalized(vocab)
	if stated || !lowercase || n*100 <= len(vocab) {
		return nil
	}
	why, remedy := "is missing, which means true", `write {"do_lower_case": false} there`
	if c.caseFrom != "" {
		why, remedy = fmt.Sprintf("is true by the folder's name, %q", c.caseFrom), "rename the folder"
	}
	return &Error{Path: c.path, Field: "do_lower_case", Kind: ErrConflict, Reason: fmt.Sprintf(
		"%s, but %d of the %d pieces in %s contain capital letters, which no lower-cased text has: %s for a cased model", why, n, len(vocab), modelfolder.VocabFile, remedy)}
}

// openTokenizerJSON opens the newer form, and compares the other files with it.
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

// sameVocab compares vocab.txt with the vocabulary of tokenizer.json. For an id without a
// piece in tokenizer.json, the line of vocab.txt is blank or repeated further down; it
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
				"the piece is %q, expected %q, which tokenizer.json beside it has for id %d: delete the file that belongs to another model", line, piece, i)}
		}
	}
	more := lines[min(len(lines), len(vocab.pieces)):]
	if len(lines) < len(vocab.pieces) || slices.ContainsFunc(more, func(line string) bool { return line != "" }) {
		return &Error{Kind: ErrConflict, Reason: fmt.Sprintf(
			"holds %d pieces, expected %d as in tokenizer.json beside it: delete the file that is cut short or belongs to another model", len(lines), len(vocab.pieces))}
	}
	return nil
}

// countCapitalized counts the pieces that contain a letter which lower-casing changes, those
// in brackets ("[CLS]") left out.
func countCapitalized(vocab []string) int {
	n, chars := 0, chars()
	for _, piece := range vocab {
		if len(piece) > 1 && piece[0] == '[' {
			continue
		}
		for _, r := range piece {
			if chars.properties(r)&charLower != 0 {
				n++
				break
			}
		}
	}
	return n
}
