package tokenizers

import (
	"errors"
	"strconv"
)

// Values of Error.Kind, for errors.Is.
var (
	// ErrVocabulary: pieces are missing, empty or repeated, or cannot be read.
	ErrVocabulary = errors.New("the vocabulary cannot be used")
	// ErrSpecialToken: the vocabulary lacks one of BERT's special tokens.
	ErrSpecialToken = errors.New("a special token is missing")
	// ErrUnsupported: the files describe another tokenizer than BERT's, or a setting that
	// this package does not compute.
	ErrUnsupported = errors.New("unsupported tokenizer")
	// ErrConflict: two files, or two fields, contradict each other.
	ErrConflict = errors.New("the tokenizer's settings contradict each other")
	// ErrNoWords: the texts to train a vocabulary on contain no word.
	ErrNoWords = errors.New("no word to train a vocabulary on")
)

// Error says which part of a tokenizer cannot be used, and why. A function that finds
// several problems joins their errors (errors.Join); errors.As finds the first.
type Error struct {
	Path   string // file; empty for a vocabulary in memory
	Line   int    // line of the vocabulary, from 1; 0 if the error concerns no line
	Field  string // field of a JSON file, such as "model.type", or of the options; empty for none
	Reason string // what was found, what is expected, what to do
	Kind   error  // ErrVocabulary, ErrSpecialToken, ErrUnsupported, ErrConflict, ErrNoWords or nil
}

// Error names the file, the line and the field.
func (e *Error) Error() string {
	text := "tokenizers: "
	switch {
	case e.Path != "" && e.Line > 0:
		text += e.Path + ":" + strconv.Itoa(e.Line) + ": "
	case e.Path != "":
		text += e.Path + ": "
	case e.Line > 0:
		text += "vocabulary:" + strconv.Itoa(e.Line) + ": "
	}
	if e.Field != "" {
		text += e.Field + ": "
	}
	return text + e.Reason
}

// Unwrap returns the kind, for errors.Is.
func (e *Error) Unwrap() error { return e.Kind }

// eachError calls do for every *Error in err, which may be joined of several.
func eachError(err error, do func(*Error)) {
	switch err := err.(type) {
	case *Error:
		do(err)
	case interface{ Unwrap() []error }:
		for _, e := range err.Unwrap() {
			eachError(e, do)
		}
	}
}

// atPath sets the file of each *Error in err that names none.
func atPath(err error, path string) error {
	eachError(err, func(e *Error) {
		if e.Path == "" {
			e.Path = path
		}
	})
	return err
}

// atField sets the file and the field of each *Error in err that names none.
func atField(err error, path, field string) error {
	eachError(err, func(e *Error) {
		if e.Field == "" {
			e.Field = field
		}
	})
	return atPath(err, path)
}
