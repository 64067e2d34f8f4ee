package data

import (
	"errors"
	"fmt"
)

// Reasons that callers may look for with errors.Is.
var (
	// ErrNotUTF8: a text, or another field of a record, is not encoded as UTF-8.
	ErrNotUTF8 = errors.New("text is not valid UTF-8")
	// ErrUnsafePath: an archive's entry names a place outside the archive.
	ErrUnsafePath = errors.New("path leads out of the archive")
	// ErrNoUnlabelled: unlabelled reviews were asked for, and the source has none.
	ErrNoUnlabelled = errors.New("there is no unlabelled review")
)

// LineError is a record of a JSON Lines, CSV or Parquet file that cannot be used.
type LineError struct {
	Path string
	Line int // counted from 1: where the record begins; in Parquet the row
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %v", e.Path, e.Line, e.Err) }

// Unwrap returns what is wrong with the record.
func (e *LineError) Unwrap() error { return e.Err }

// EntryError is a file of IMDB's archive or folder that cannot be used.
type EntryError struct {
	Path  string // the archive or the folder
	Entry string // the file in it
	Err   error
}

func (e *EntryError) Error() string { return fmt.Sprintf("%s: entry %q: %v", e.Path, e.Entry, e.Err) }

// Unwrap returns what is wrong with the entry.
func (e *EntryError) Unwrap() error { return e.Err }

// LabelError is a label that names none of the classes.
type LabelError struct {
	Label string // as it was found
	Want  string // what it may be
}

func (e *LabelError) Error() string {
	return fmt.Sprintf("label %q is out of range: want %s", e.Label, e.Want)
}

// EmptyClassError is a class without a training review, from which nothing could be
// learned, or an incomplete IMDB without a class in its test half.
type EmptyClassError struct {
	Dataset string
	Half    string // "train" or "test"
	Class   string
}

func (e *EmptyClassError) Error() string {
	return fmt.Sprintf("data set %q has no review of class %q in its %s half: add some, or leave the class (for test: the half) out",
		e.Dataset, e.Class, e.Half)
}
