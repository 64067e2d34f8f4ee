package finetune

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/lorabook/lorabook/pkg/precision"
)

// Prefix describes the cache of Training.PrefixCache.
type Prefix struct {
	Layers  int     `json:"layers"`  // of the model that were computed once for each review
	Bytes   int64   `json:"bytes"`   // size of the file with the hidden states
	Seconds float64 `json:"seconds"` // computing time, in the first run that needed it; excluded from Trained.Seconds
}

// defaultPrefixBytes is Options.MaxPrefixBytes' default.
const defaultPrefixBytes = 8 << 30

// validatePrefix refuses an unknown prefix cache, and a prefix cache without frozen layers.
func (e Experiment) validatePrefix() error {
	const field = "training.prefix_cache"
	switch c := e.Training.PrefixCache; {
	case c == "":
	case c != precision.Float32 && c != precision.BFloat16:
		return &FieldError{Field: field, Reason: fmt.Sprintf("is %q, expected %q, %q or \"\"", c, precision.Float32, precision.BFloat16)}
	case e.Method == Full:
		return &FieldError{Field: field, Reason: fmt.Sprintf("is %q, but method %q trains every layer: none has states that stay the same; leave it out", c, Full)}
	}
	return nil
}

// PrefixSizeError reports hidden states that are larger than Options.MaxPrefixBytes.
type PrefixSizeError struct {
	Bytes, Limit int64
	InUse        int64 // of the limit, by other runs
	Reviews      int
	Tokens       int // with cached states
	Layers       int // that they come out of
	Stored       precision.Precision
}

// Error implements error.
func (e *PrefixSizeError) Error() string {
	others := ""
	if e.InUse > 0 {
		others = fmt.Sprintf(", %s of it in use by other runs", humanize.Bytes(uint64(e.InUse)))
	}
	half := ""
	if e.Stored != precision.BFloat16 {
		half = fmt.Sprintf(" lower training.prefix_cache to %q, which halves them,", precision.BFloat16)
	}
	return fmt.Sprintf("the hidden states of %d reviews, %d tokens after %d layers, take %s as %s; Options.MaxPrefixBytes is %s%s: raise it,%s or lower data.max_length, data.train or data.validation",
		e.Reviews, e.Tokens, e.Layers, humanize.Bytes(uint64(e.Bytes)), e.Stored, humanize.Bytes(uint64(e.Limit)), others, half)
}
