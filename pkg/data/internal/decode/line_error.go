package decode

import (
	"errors"
	"fmt"
)

// ErrNotUTF8 is the error of a text or another field that is not encoded as UTF-8.
var ErrNotUTF8 = errors.New("text is not valid UTF-8")

// LineError reports a record of a file that cannot be read. The caller knows the file.
type LineError struct {
	Line int   // first line of the record, from 1; in Parquet the row
	Err  error // the reason
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the reason.
func (e *LineError) Unwrap() error { return e.Err }
