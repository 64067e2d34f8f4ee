package tokenizers

import (
	"errors"
	"strconv"
)

// What a *Error is about, for errors.Is.
var (
	// ErrVocabulary: pieces are missing, empty or there twice.
	ErrVocabulary = errors.New("the vocabulary cannot be used")
	// ErrSpecialToken: the vocabulary lacks one of BERT's special tokens.
	ErrSpecialToken = errors.New("a special token is missing")
	// ErrUnsupported: the files describe a tokenizer of another kind than BERT's.
	ErrUnsupported = errors.New("not a tokenizer of BERT's kind")
	// ErrConflict: two files, or two fields, contradict each other.
	ErrConflict = errors.New("the tokenizer's settings contradict each other")
	// ErrNoWords: the texts to train a vocabulary on hold no word.
	ErrNoWords = errors.New("there is no word to train a vocabulary on")
)

// Error says which part of a tokenizer cannot be used, and why.
type Error struct {
	Path   string // file; empty for a vocabulary given in memory
	Line   int    // in a vocabulary, from 1; 0 when it is about no line
	Field  string // of a JSON file, as "model.type"; empty when it is about none
	Reason string // what was found, what is expected, what to do
	Kind   error  // ErrVocabulary, ErrSpecialToken, ErrUnsupported, ErrConflict, ErrNoWords or nil
}

func (e *Error) Error() string {
	where := e.Path
	if where == "" {
		where = "tokenizer"
	}
	if e.Line > 0 {
		where += ":" + strconv.Itoa(e.Line)
	}
	if e.Field != "" {
		where += ": " + e.Field
	}
	return where + ": " + e.Reason
}

func (e *Error) Unwrap() error { return e.Kind }
