package bert

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// vocabFile is the vocabulary of a model folder: a piece a line, in the order of ids.
const vocabFile = "vocab.txt"

// readVocab reads a vocab.txt. Only what ends a line is taken off it.
func readVocab(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s is missing: a model folder holds vocab.txt or tokenizer.json: %w", path, err)
	}
	if err != nil {
		return nil, err
	}
	if kind := notText(data); kind != "" {
		return nil, &TokenizerError{Path: path, Kind: ErrVocabulary, Reason: "is " + kind + " instead of a vocabulary: download it again"}
	}
	text := strings.TrimSuffix(string(data), "\n")
	if text == "" {
		return nil, nil
	}
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(line, "\r")
	}
	return lines, nil
}

// notText names what a downloaded file is when it is a web page or a pointer to
// the file meant, and "" when it is neither.
func notText(data []byte) string {
	head := strings.ToLower(strings.TrimSpace(string(data[:min(len(data), 256)])))
	switch {
	case strings.HasPrefix(head, "<!doctype html"), strings.HasPrefix(head, "<html"):
		return "an HTML page"
	case strings.HasPrefix(head, "version https://git-lfs"):
		return "a Git LFS pointer"
	}
	return ""
}
