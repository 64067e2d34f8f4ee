package datareport

import (
	"slices"

	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
)

// Suggestion are values of an experiment's settings that fit the data. A zero field means that
// the default fits.
type Suggestion struct {
	MaxLength  int
	Truncation encoding.Truncation
	// DropDuplicates: examples of the drawn test split have copies in the drawn training split.
	DropDuplicates bool
	// SkipBadRows: some rows cannot be used.
	SkipBadRows bool
	// All is the number of training examples if all are used, where the default draws fewer.
	All int
}

const (
	defaultMaxLength = 256
	fits             = 0.95 // share of the examples that a maximum length should hold
)

// Suggest returns the settings that fit the data and lengths of [Report.Lengths].
func (r *Report) Suggest(l *Lengths) Suggestion {
	s := Suggestion{SkipBadRows: r.Bad != nil}
	if longest := l.Quantile(1); longest > defaultMaxLength {
		s.MaxLength = l.fitting()
		if at := slices.IndexFunc(l.Sizes, func(c encoding.Cut) bool { return c.MaxLength == s.MaxLength }); l.Sizes[at].LongShare() > 1-fits && r.Task != data.TokenClassification {
			s.Truncation = encoding.HeadTail
		}
		if s.MaxLength == defaultMaxLength {
			s.MaxLength = 0
		}
	}
	if r.Drawn == nil {
		return s
	}
	if d := r.Drawn.Duplicates; d != nil {
		s.DropDuplicates = d.Count("test", "train").Total() > 0 && len(r.Drawn.Dropped) == 0
	}
	held := 0
	if len(r.Set.Validation) == 0 || len(r.Set.Test) == 0 {
		held = len(r.Drawn.Validation)
	}
	if len(r.Set.Test) == 0 && len(r.Set.Validation) == 0 {
		held += len(r.Drawn.Test)
	}
	if left := len(r.Set.Train) - held; left > len(r.Drawn.Train) && len(r.Drawn.Dropped) == 0 {
		s.All = left
	}
	return s
}

// fitting returns the smallest usual maximum length that holds 95 % of the examples, otherwise the
// largest.
func (l *Lengths) fitting() int {
	length := 0
	for _, c := range l.Sizes {
		if length = c.MaxLength; slices.Contains(UsualLengths, length) && c.LongShare() <= 1-fits {
			break
		}
	}
	return length
}
