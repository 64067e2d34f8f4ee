package classify

import (
	"errors"
	"fmt"
	"time"
)

// ErrOverloaded matches an [OverloadedError] with errors.Is.
var ErrOverloaded = errors.New("the queue is full")

// OverloadedError reports that the queue of a [Service] has no place for the texts of a call. None
// of them was accepted.
type OverloadedError struct {
	// RetryAfter is the time in which the texts that wait will be computed, estimated from the
	// throughput so far; at least a millisecond.
	RetryAfter time.Duration
	Queued     int // texts that wait
	Capacity   int // largest number of texts that wait
}

func (e *OverloadedError) Error() string {
	return fmt.Sprintf("%v: %d of %d texts wait; try again in %v", ErrOverloaded, e.Queued, e.Capacity, e.RetryAfter)
}

// Is reports whether target is [ErrOverloaded].
func (e *OverloadedError) Is(target error) bool { return target == ErrOverloaded }

// TooManyTextsError reports a call with more texts than the queue of a [Service] can hold. A text
// that is read in windows counts once for each window.
type TooManyTextsError struct{ Texts, Limit int }

func (e *TooManyTextsError) Error() string {
	return fmt.Sprintf("the call has %d texts, and the queue holds %d: divide it into several calls, or set ServiceOptions.Queue", e.Texts, e.Limit)
}

// TooManyAdaptersError reports a call that names more adapters than the memory of a [Service] holds.
type TooManyAdaptersError struct{ Adapters, Limit int }

func (e *TooManyAdaptersError) Error() string {
	return fmt.Sprintf("the call names %d adapters, and MaxAdapters is %d: divide it into several calls", e.Adapters, e.Limit)
}

// TextError reports a text that a [Service], a [Classifier] or [Classifiers] do not answer.
type TextError struct {
	Index  int    // of the text, the example or the request in the call
	Reason string // what is wrong with the text
}

func (e *TextError) Error() string { return fmt.Sprintf("text %d: %s", e.Index, e.Reason) }

// BaseError reports a request for the model without an adapter, which cannot answer.
type BaseError struct{ Err error }

func (e *BaseError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *BaseError) Unwrap() error { return e.Err }

// AdapterChangedError reports that the files of an adapter changed after [Service.Load], when the
// adapter was to be loaded again from its folder.
type AdapterChangedError struct {
	Name, Folder   string
	Version, Found string // the digest at Load, and that of the files now
}

func (e *AdapterChangedError) Error() string {
	return fmt.Sprintf("adapter %q: the files in %s changed after it was loaded: their version is %s, expected %s; load it again", e.Name, e.Folder, e.Found, e.Version)
}
