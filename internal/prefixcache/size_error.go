package prefixcache

import (
	"fmt"

	"github.com/dustin/go-humanize"

	"github.com/lorabook/lorabook/pkg/precision"
)

// SizeError reports hidden states that are larger than the limit of the cache.
type SizeError struct {
	Bytes, Limit int64
	InUse        int64 // of the limit, by other runs
	Examples     int
	Tokens       int // with cached states
	Layers       int // number of layers below the states
	Stored       precision.Precision
}

// Error implements error.
func (e *SizeError) Error() string {
	others := ""
	if e.InUse > 0 {
		others = fmt.Sprintf(", %s of it in use by other runs", humanize.Bytes(uint64(e.InUse)))
	}
	return fmt.Sprintf("the hidden states of %d examples, %d tokens after %d layers, take %s as %s; the limit is %s%s",
		e.Examples, e.Tokens, e.Layers, humanize.Bytes(uint64(e.Bytes)), e.Stored, humanize.Bytes(uint64(e.Limit)), others)
}
