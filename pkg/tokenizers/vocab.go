package tokenizers

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"unicode"

	"github.com/lorabook/lorabook/internal/lfs"
)

// pieceVocab holds the pieces of a tokenizer by id. A repeated piece has the id of its last
// position, as in transformers. The piece "" is a blank line of vocab.txt, or an id without
// a piece in tokenizer.json; no word has it.
type pieceVocab struct {
	pieces   []string
	distinct int // number of distinct pieces; the first id of added tokens
}

func newPieceVocab(pieces []string) pieceVocab {
	seen := make(map[string]bool, len(pieces))
	for _, piece := range pieces {
		seen[piece] = true
	}
	return pieceVocab{pieces, len(seen)}
}

// ids returns the ids of all pieces that a word can have.
func (v pieceVocab) ids() map[string]int32 {
	ids := make(map[string]int32, len(v.pieces))
	for id, piece := range v.pieces {
		if piece != "" {
			ids[piece] = int32(id)
		}
	}
	return ids
}

// readVocab reads a vocab.txt. White space at the end of a line is not part of the piece, as
// in Hugging Face's tokenizers.
func readVocab(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("tokenizers: %s is missing: expected vocab.txt or tokenizer.json in a model's folder: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	if reason := notText(data, "a vocabulary"); reason != "" {
		return nil, &Error{Path: path, Kind: ErrVocabulary, Reason: reason}
	}
	text := strings.TrimSuffix(string(data), "\n")
	if text == "" {
		return nil, nil
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRightFunc(line, unicode.IsSpace)
	}
	return lines, nil
}

// notText returns the problem and the remedy for a file that holds a web page or a Git LFS
// pointer instead of the expected kind of text; "" for every other file.
func notText(data []byte, expected string) string {
	if pointer := (*lfs.PointerError)(nil); errors.As(lfs.Check("", data), &pointer) {
		return pointer.Reason()
	}
	head := strings.ToLower(strings.TrimSpace(string(data[:min(len(data), 256)])))
	if strings.HasPrefix(head, "<!doctype html") || strings.HasPrefix(head, "<html") {
		return "is an HTML page, expected " + expected + ": a server answered the download with a page for signing in or about an error; download the file again"
	}
	return ""
}
