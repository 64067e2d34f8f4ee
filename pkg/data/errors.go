package data

import (
	"errors"
	"fmt"

	"github.com/lorabook/lorabook/pkg/data/internal/decode"
	"github.com/lorabook/lorabook/pkg/data/internal/formats"
	"github.com/lorabook/lorabook/pkg/data/internal/unzip"
)

// Errors that callers can match with errors.Is.
var (
	// ErrNotUTF8 is the error of a text or another field that is not encoded as UTF-8.
	ErrNotUTF8 = decode.ErrNotUTF8
	// ErrUnsafePath is the error of an archive whose entry has a path outside the archive.
	ErrUnsafePath = unzip.ErrUnsafePath
	// ErrNoUnlabelled is the error where [Opener].Unlabelled is set and the source has no
	// unlabelled review.
	ErrNoUnlabelled = errors.New("there is no unlabelled review")
	// ErrTagged is the error of a file with a word and its tag on each line, as CoNLL-2003, that is
	// opened for another task than TokenClassification.
	ErrTagged = formats.ErrTagged
)

// LineError reports a record of a JSON Lines, CSV or Parquet file that cannot be used.
type LineError struct {
	Path string
	Line int // first line of the record, from 1; in Parquet the row
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err) }

// Unwrap returns the reason.
func (e *LineError) Unwrap() error { return e.Err }

// EntryError reports a file of IMDB's archive or folder, or of a zip archive, that cannot be used.
type EntryError struct {
	Path  string // the archive or the folder
	Entry string // the file's path in it
	Err   error
}

func (e *EntryError) Error() string { return fmt.Sprintf("%s: entry %q: %v", e.Path, e.Entry, e.Err) }

// Unwrap returns the reason.
func (e *EntryError) Unwrap() error { return e.Err }

// LabelError reports a label that is not one of the classes.
type LabelError struct {
	Label  string // as found
	Reason string // the expected labels
}

func (e *LabelError) Error() string {
	return fmt.Sprintf("label %q is out of range: %s", e.Label, e.Reason)
}

// EmptyClassError reports a class without a training review, or a copy of IMDB whose test half
// lacks a class.
type EmptyClassError struct {
	Dataset string
	Half    string // "train" or "test"
	Class   string
}

func (e *EmptyClassError) Error() string {
	return fmt.Sprintf("data set %q has no review of class %q in its %s half: add some, or leave the class (for test: the half) out",
		e.Dataset, e.Class, e.Half)
}
